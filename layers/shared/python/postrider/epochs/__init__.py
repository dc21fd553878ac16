"""The epoch of the stored data: the tables that may send. A restored copy sends nothing until an operator allows it."""
