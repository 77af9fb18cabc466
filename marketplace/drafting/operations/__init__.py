"""Acts on drafts and replays."""
