"""Create the clients of the AWS SDK for storage and adapters."""
