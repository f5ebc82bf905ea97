"""What can be seen of a service from one location in the network."""
