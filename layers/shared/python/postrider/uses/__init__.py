"""Uses: the campaigns, workflows, actions and templates that use a segment, a sender or a snippet."""
