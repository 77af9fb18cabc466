"""Reading the directories as they stood on a day."""
