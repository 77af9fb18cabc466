"""Reading the catalog, one module per noun."""
