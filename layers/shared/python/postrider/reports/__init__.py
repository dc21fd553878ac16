"""Reports: numbers of the outcomes and engagement of mails of campaigns and lists."""
