"""A target's way back from a change that is not confirmed: on Debian hosts a timer of systemd, and a fake."""
