"""How a change is decided and carried out: steps, plans, and the walk over a plan."""
