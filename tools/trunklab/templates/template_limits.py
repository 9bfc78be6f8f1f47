"""Every bound of a template, with its unit and source."""

from typing import Final

TEMPLATE_BYTES_MAX: Final = 1024 * 1024
"""CloudFormation's own limit for a template in S3."""
TEMPLATE_DEPTH_MAX: Final = 200
"""Levels: ours; an event pattern within a template stays below thirty."""
TEMPLATE_NODES_MAX: Final = 500_000
"""Values of a template, aliases written out: ours; a template of 1 MB has less."""
NESTING_MAX: Final = 5
"""Levels of nested templates: ours."""
NESTED_TEMPLATES_MAX: Final = 500
"""Templates that one template nests, directly or through others: ours."""
