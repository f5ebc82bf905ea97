"""The envelope of a run: lock, reason, durable steps, queues per site, resume; the ledger is what it recorded."""
