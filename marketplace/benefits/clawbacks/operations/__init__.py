"""Taking back from people: decided, kept back, paid back, waived, disputed."""
