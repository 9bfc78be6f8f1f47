"""Behind which keywords of a JSON Schema no schema stands."""

from typing import Final

NAMED: Final = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas"})
"""Keywords below which stand names, not keywords."""

VALUES: Final = frozenset({"const", "enum", "default", "examples", "required", "discriminator"})
"""Keywords behind which stand values."""
