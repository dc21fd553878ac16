"""Call DynamoDB, repeat refused calls, and define the tables that several nouns share."""
