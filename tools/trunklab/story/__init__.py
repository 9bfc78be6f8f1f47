"""What happened for one correlation id, told from the structured logs and the deployed rules."""
