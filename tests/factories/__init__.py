"""The smallest valid object of each kind."""
