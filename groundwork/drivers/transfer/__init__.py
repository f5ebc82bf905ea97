"""How a site pulls and proves the copy of another site's repository."""
