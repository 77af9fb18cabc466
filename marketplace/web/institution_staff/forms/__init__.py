"""Forms of institution staff, one module per noun."""
