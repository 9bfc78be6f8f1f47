"""The guide to the events names what there is."""

from dataclasses import fields
from pathlib import Path

import pytest

from trunkline.envelope import Metadata

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [field.name for field in fields(Metadata)])
def test_the_guide_maps_every_metadata_field_to_cloudevents(name: str) -> None:
    """A field that is added to the envelope needs its place there too."""
    assert f"| `metadata.{name}` |" in GUIDE
