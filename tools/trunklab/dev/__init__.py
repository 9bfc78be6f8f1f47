"""What developers run: environments, lock files, style checks, `make check`."""
