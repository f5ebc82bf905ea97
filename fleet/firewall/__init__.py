"""Firewalls: what a pair's policy means, what is wrong with it, and the ruleset that enforces it."""
