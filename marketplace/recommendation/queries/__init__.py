"""Reading what suggestions are made of, one module per question."""
