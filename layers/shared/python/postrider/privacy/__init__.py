"""Answer requests of people about their data: export the data of an address, and erase it."""
