"""Children of triggered campaigns: each is a sending of its parent, to an audience and with data of its own."""
