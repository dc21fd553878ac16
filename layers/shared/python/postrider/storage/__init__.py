"""Call DynamoDB, retry refused calls, and define the tables of several nouns."""
