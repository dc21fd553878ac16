"""Events that SES publishes about mails it accepted: deliveries, bounces, complaints."""
