"""Pure decisions about drafts and replays."""
