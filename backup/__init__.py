"""Backup and off-site replication: restore points taken, copied from site to site, listed and brought back."""
