"""A small SES v2 endpoint: takes mail like SES, keeps it in a local inbox and publishes SES's events; delivers nothing."""
