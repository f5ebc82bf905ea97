"""The VM platform of one site: read, change, export and import machines."""
