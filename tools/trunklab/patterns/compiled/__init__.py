"""Rule sets compiled for speed: many patterns against one event at once."""
