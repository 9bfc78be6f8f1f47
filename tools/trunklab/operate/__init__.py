"""Acts on a running stage: publishes events and follows them."""
