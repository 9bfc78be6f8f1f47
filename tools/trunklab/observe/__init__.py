"""What happened to one id: its story from logs and rules, and its trace from X-Ray."""
