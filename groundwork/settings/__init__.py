"""Typed settings and secrets."""
