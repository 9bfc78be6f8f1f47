"""Greets each parked van; refuses one floor, and fails on another."""

import os

from schemas.event import Event
from trunkline import Consumer, PermanentError, UnitOfWork

NAME = "van"


class VanParked(
    Event,
    source="fleet.vans",
    owner="team-fleet",
    subject="van_id",
    examples=({"van_id": "van-1", "floor": 2},),
):
    """A van was parked."""

    van_id: str
    floor: int


app = Consumer()


@app.on(VanParked, name="greet-van")
def on_van_parked(van: VanParked, unit: UnitOfWork) -> None:
    """Writes the greeting of a van."""
    if van.floor == 13:
        raise PermanentError("there is no such floor")
    if van.floor == 14:
        raise RuntimeError("the lift is stuck")
    greeting = os.environ["GREETING"]  # noqa: TID251 - a function's own setting
    unit.put(f"van#{van.van_id}", "greeting", {"text": f"{greeting} {NAME}"})


handler = app.handler
