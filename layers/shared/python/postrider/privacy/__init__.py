"""Answer requests of people about their data: export what is stored about an address, and erase it."""
