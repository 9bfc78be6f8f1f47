"""The story of an id from logs and rules, and its trace from X-Ray."""
