"""What a person or a pipeline types: one module per `inv` namespace."""
