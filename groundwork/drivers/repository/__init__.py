"""Where restore points are kept: objects in, objects out, nothing taken away."""
