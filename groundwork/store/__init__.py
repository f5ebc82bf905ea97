"""Our own tables beside the engine's: one database, one schema, migrations run at opening."""
