"""Reading campaigns, one module per question."""
