"""What templates and services say of rules, consumers, handlers and producers, with lines."""
