"""Local functions: how they start, and the trace of each invocation."""
