"""This machine: run a program, read the clock, wait, retry with a reason."""
