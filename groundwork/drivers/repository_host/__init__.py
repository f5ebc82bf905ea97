"""What stands on a repository host beside the repository: which repository it bears."""
