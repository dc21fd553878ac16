"""Keep the addresses that an account must never mail, whatever the status of its contacts."""
