"""Exports: the contacts of a list as a CSV file, available for some days."""
