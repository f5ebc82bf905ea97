"""Losing a site and healing it: declared by a person, confirmed by probes."""
