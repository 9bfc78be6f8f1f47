"""Who breaks when a contract changes: what each consumer takes, requires and reads."""
