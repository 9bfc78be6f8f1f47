"""What tests of the scaffold share."""

from tests.unit.scaffold.fleet import fleet, template_of_fleet

__all__ = ["fleet", "template_of_fleet"]
