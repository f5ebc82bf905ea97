"""The machines of the VM platform: what the estate wants of them, what the vCenters show, and what mends it."""
