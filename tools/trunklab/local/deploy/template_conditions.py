"""Evaluates a template's conditions, of which the emulator understands only the simplest.

It compares `!Join` or `!Sub` in a condition as if they were text, without a word. So it gets
each condition as the constant that it is once the parameters are known.
"""

from pathlib import Path

from trunklab.templates.expressions import Lookup, Scope
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import JsonObject


def make_constant(path: Path, body: JsonObject, stage: StageSettings, lookup: Lookup) -> JsonObject:
    """Return the template with every condition replaced by what it amounts to."""
    if not body.get("Conditions"):
        return body
    scope = Scope(path, body, stage, lookup)
    constants = {
        name: {"Fn::Equals": ["true", "true" if scope.condition(name) else "false"]}
        for name in body["Conditions"]
    }
    return body | {"Conditions": constants}
