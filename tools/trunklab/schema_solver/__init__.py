"""Which values a JSON Schema allows, as shapes: read, searched, and compared."""
