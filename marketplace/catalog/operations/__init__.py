"""What may be done to courses, course runs and the search index, one module per noun."""
