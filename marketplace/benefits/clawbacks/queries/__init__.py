"""Reading what people have to give back: for decisions, and for lists."""
