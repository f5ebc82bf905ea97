"""Typed settings and secrets; the only reader of the environment."""
