"""Custom attributes: values of contacts beside their address, which their list defines."""
