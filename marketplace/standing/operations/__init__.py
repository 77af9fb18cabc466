"""Recording facts, saving ratings, deciding appeals."""
