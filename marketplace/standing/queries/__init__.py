"""Reading ratings, the file, appeals."""
