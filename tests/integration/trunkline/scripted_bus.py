"""A bus that takes all events but those that a test names, and keeps in which order they came."""

import json
from dataclasses import dataclass, field

from tests.integration.trunkline.rows import numbers_in
from tests.integration.trunkline.wire import Call, Forward, Reply


@dataclass
class ScriptedBus:
    """What it does to an event of a number; `taken` are the numbers it took, in their order.

    `refused` answers the event with that code, `poison` refuses the whole call that holds it.
    """

    refused: dict[int, str] = field(default_factory=dict)
    poison: dict[int, str] = field(default_factory=dict)
    message: str = "no"
    taken: list[int] = field(default_factory=list)

    def step(self, call: Call, _forward: Forward) -> Reply:
        """Answers a PutEvents call in place of AWS."""
        numbers = numbers_in(call.body)
        codes = [self.poison[number] for number in numbers if number in self.poison]
        if codes:
            said = {"__type": f"com.amazonaws.events#{codes[0]}", "message": self.message}
            return Reply(400, json.dumps(said).encode())
        entries = [self._answer(number) for number in numbers]
        failed = sum("ErrorCode" in entry for entry in entries)
        return Reply(200, json.dumps({"FailedEntryCount": failed, "Entries": entries}).encode())

    def _answer(self, number: int) -> dict[str, str]:
        if number in self.refused:
            return {"ErrorCode": self.refused[number], "ErrorMessage": self.message}
        self.taken.append(number)
        return {"EventId": f"id-{number}"}
