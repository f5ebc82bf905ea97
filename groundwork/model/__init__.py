"""Values used by two or more products."""
