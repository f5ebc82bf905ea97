"""What a command needs on this machine beyond .venv, and how it gets there."""
