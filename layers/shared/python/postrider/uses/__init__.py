"""Uses: which campaigns, workflows, actions and templates name a segment, a sender or a snippet."""
