"""Ansible: what hosts are, and making them what they should be."""
