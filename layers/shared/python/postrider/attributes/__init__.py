"""Custom attributes: what a list knows about its contacts besides their address."""
