"""What runs on a repository host: copying from the sender, admitting what came, proving what stands there."""
