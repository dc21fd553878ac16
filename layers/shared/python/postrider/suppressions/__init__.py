"""Store addresses that an account must never mail, independent of the status of its contacts."""
