"""What may be done to the directories, one module per noun."""
