"""Reading quotas, who was named, and what became of it."""
