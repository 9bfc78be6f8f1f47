"""What tests of every kind share."""

from tests.platforms import platform

__all__ = ["platform"]
