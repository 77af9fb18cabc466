"""What may be done to institutions, one module per noun."""
