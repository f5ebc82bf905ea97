"""Prometheus collectors: read-only, from what the others left behind in the ledger."""
