"""Which events of the contracts a pattern can take: never, sometimes or always, and why."""
