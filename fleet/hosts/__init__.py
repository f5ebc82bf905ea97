"""Service hosts: seen with Ansible's check mode, made what they should be with the same plays."""
