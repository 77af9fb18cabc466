"""Reading drafts and replays."""
