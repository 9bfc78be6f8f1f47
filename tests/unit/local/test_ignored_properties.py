"""What the emulator accepts and then ignores is said in one line."""

from typing import Any

from trunklab.local.deploy.prepare import ignored_properties


def _body(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Resources": {"R": {"Type": kind, "Properties": properties}}}


def test_ignored_properties_are_counted_over_all_templates() -> None:
    """In one line for all of them."""
    bus = _body("AWS::Events::EventBus", Name="b", DeadLetterConfig={"Arn": "d"})

    assert ignored_properties([bus, bus]) == [
        "accepted here without effect, see docs/local.md: DeadLetterConfig of buses (2)"
    ]


def test_nothing_is_said_where_everything_has_its_effect() -> None:
    """No line without news."""
    assert (
        ignored_properties([_body("AWS::Events::Rule", Targets=[{"Arn": "b"}]), _body("X", a=1)])
        == []
    )
