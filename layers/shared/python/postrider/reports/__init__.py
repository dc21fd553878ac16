"""Reports: what became of the mails of campaigns and lists, in numbers."""
