"""Tags: names that an account puts on contacts."""
