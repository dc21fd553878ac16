"""Custom attributes: values of contacts besides their address, defined by their list."""
