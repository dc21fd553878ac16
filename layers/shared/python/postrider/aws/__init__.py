"""Make the clients of the AWS SDK, alike for storage and adapters."""
