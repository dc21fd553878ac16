"""Exports: the contacts of a list as a CSV file, to be downloaded for some days."""
