"""Forms of visitors, one module per noun."""
