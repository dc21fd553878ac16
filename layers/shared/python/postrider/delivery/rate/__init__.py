"""The sending rate of SES, shared by all senders."""
