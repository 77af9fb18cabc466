"""Files of registers and lists as others write them: pure readers, one module per kind."""
