"""Many settlements at once: a month of all institutions prepared, those somebody looked at signed.

Each institution is a unit of work of its own, with the rules of a single settlement; what is
refused is kept with every reason and does not hold up the others.
"""
