"""What can be seen of a service from one place in the network."""
