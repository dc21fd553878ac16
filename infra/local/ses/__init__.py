"""A small SES v2 endpoint: takes mail as SES does, keeps it in an inbox, publishes SES's events, delivers nothing."""
