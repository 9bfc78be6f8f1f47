"""Development tools: environments, lock files, style checks, `make check`."""
