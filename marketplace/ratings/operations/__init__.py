"""Computing ratings."""
