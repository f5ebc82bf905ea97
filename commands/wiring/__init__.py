"""The composition root: a city's real drivers, and what each product offers, wired to them."""
