"""One event's trace: what X-Ray holds of it, joined across queues and drawn as a tree."""
