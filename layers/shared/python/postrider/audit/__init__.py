"""Keep who changed what in an account, from where."""
