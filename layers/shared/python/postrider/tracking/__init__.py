"""Opens, clicks and the links of a mail."""
