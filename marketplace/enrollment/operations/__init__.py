"""What may be done to enrollments, one module per noun."""
