"""Writes what follows from the contracts: JSON Schemas, OpenAPI documents, registry entries."""
