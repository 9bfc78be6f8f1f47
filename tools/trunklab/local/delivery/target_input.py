"""The input of a target: Input, InputPath and InputTransformer."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trunklab.local.delivery.steps import JsonObject

SHAPERS: Final = ("Input", "InputPath", "InputTransformer")
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(?:(\d+)|(\*)|'([^']*)'|\"([^\"]*)\")\]")
_PLACEHOLDER: Final = re.compile(r"<([\w.\-]+)>")
_RESERVED: Final = frozenset(
    {
        *("aws.events.rule-arn", "aws.events.rule-name", "aws.events.event"),
        *("aws.events.event.json", "aws.events.event.ingestion-time"),
    }
)
_WITHOUT_DETAIL: Final = (
    *("id", "account", "detailType", "time", "source", "region", "resources", "version"),
)
"""The keys of `<aws.events.event>`, in its order [recorded]."""
MISSING: Final = object()


class InvalidInputError(Exception):
    """The transformer's result is not JSON: the event is not delivered."""


@dataclass(frozen=True, slots=True)
class Matched:
    """An event with the rule that it matched."""

    text: str
    rule_arn: str
    rule_name: str
    ingested: str
    """ISO-8601."""

    def event(self) -> JsonObject:
        """Returns the event as an object."""
        event: JsonObject = json.loads(self.text)
        return event


def shape(target: Mapping[str, Any], matched: Matched) -> str:
    """Returns what the target receives; raises InvalidInputError."""
    if "Input" in target:
        constant: str = target["Input"]
        return constant
    if "InputPath" in target:
        found = find(target["InputPath"], matched.event())
        # A path that finds nothing: the whole event is delivered.
        return matched.text if found is MISSING else _json(found)
    if "InputTransformer" in target:
        return _transformed(target["InputTransformer"], matched)
    return matched.text


def find(path: str, event: object) -> Any:
    """Returns the value at a JSON path; `MISSING` if nothing is found."""
    found, position = event, 1
    if not path.startswith("$"):
        return MISSING
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return MISSING
        position = step.end()
        key, index, star, *quoted = step.groups()
        if star:
            if not isinstance(found, list):
                return MISSING
            parts = [find("$" + path[position:], item) for item in found]
            return [part for part in parts if part is not MISSING]
        name = next((one for one in (key, *quoted) if one is not None), None)
        if name is not None and isinstance(found, dict) and name in found:
            found = found[name]
        elif index is not None and isinstance(found, list) and int(index) < len(found):
            found = found[int(index)]
        else:
            return MISSING
    return found


def unknown_placeholders(transformer: JsonObject) -> list[str]:
    """Returns the placeholders of a template that neither its map nor AWS defines."""
    known = _RESERVED | (transformer.get("InputPathsMap") or {}).keys()
    names = _PLACEHOLDER.findall(transformer["InputTemplate"])
    return [name for name in names if name not in known]


def check_template(template: str) -> None:
    """Raises JSONDecodeError if a template is not JSON whatever its placeholders hold."""
    text = _filled(template, lambda _name, quoted: "" if quoted else '""')
    position, decoder = 0, json.JSONDecoder(strict=False)
    while rest := text[position:].lstrip():  # several strings, each on its line, are valid
        position = len(text) - len(rest)
        position = decoder.raw_decode(text, position)[1]


def _transformed(transformer: JsonObject, matched: Matched) -> str:
    event = matched.event()
    paths: Mapping[str, str] = transformer.get("InputPathsMap") or {}
    values = {name: find(path, event) for name, path in paths.items()}
    values |= _reserved(event, matched)
    template: str = transformer["InputTemplate"]
    if template.lstrip().startswith('"'):
        return _filled(template, lambda name, _quoted: _in_text(values.get(name, MISSING)))
    filled = _filled(
        template, lambda name, quoted: _in_json(values.get(name, MISSING), quoted=quoted)
    )
    try:
        json.loads(filled)
    except ValueError as error:
        raise InvalidInputError(f"The input of the target is not JSON: {error}") from error
    return filled


def _reserved(event: JsonObject, matched: Matched) -> JsonObject:
    named = {**event, "detailType": event["detail-type"]}
    return {
        "aws.events.rule-arn": matched.rule_arn,
        "aws.events.rule-name": matched.rule_name,
        "aws.events.event.ingestion-time": matched.ingested,
        "aws.events.event": {key: named[key] for key in _WITHOUT_DETAIL},
        "aws.events.event.json": event,
    }


def _filled(template: str, value: Callable[[str, bool], str]) -> str:
    """Returns the template with its placeholders replaced; `value` learns whether one is quoted."""
    parts, position = [], 0
    for found in _PLACEHOLDER.finditer(template):
        before = template[position : found.start()]
        parts.append(before)
        quoted = _is_open("".join(parts[::2]))
        parts.append(value(found[1], quoted))
        position = found.end()
    return "".join([*parts, template[position:]])


def _is_open(text: str) -> bool:
    """True if a JSON string begins in the text and does not end there."""
    return len(re.findall(r'(?:^|[^\\])(?:\\\\)*(?=")', text)) % 2 == 1


def _in_text(value: Any) -> str:
    """Within a string template: without any quotes [recorded]."""
    if value is MISSING:
        return ""
    return value if isinstance(value, str) else _json(value).replace('"', "")


def _in_json(value: Any, *, quoted: bool) -> str:
    """Within JSON: as JSON, or within quotes as it is, without escapes [recorded]."""
    if value is MISSING:
        return "" if quoted else '""'
    return value if quoted and isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
