"""DynamoDB: calls, retries, the shared tables and what is kept in them for everybody."""
