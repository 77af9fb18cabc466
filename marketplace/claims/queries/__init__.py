"""Reading claims."""
