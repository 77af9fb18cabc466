"""Reading withheld shares, what they wait for, and what proves it."""
