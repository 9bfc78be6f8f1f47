"""What the expressions of a template amount to, once every name in them means something."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from trunklab.errors import TemplateError
from trunklab.templates import references
from trunklab.templates.references import Reference
from trunklab.templates.template_file import JsonObject

NOTHING: Final = {"Ref": "AWS::NoValue"}

_NAMES_IN_SUB: Final = "${%s}"
_UNKNOWN_IN_SUB: Final = re.compile(r"\$\{([^!}][^}]*)\}")


class Expressions:
    """Evaluates the expressions of one template.

    `meaning` says what a reference stands for, `conditions` which of the template's hold.
    """

    def __init__(
        self, path: Path, meaning: Callable[[Reference], object], conditions: Mapping[str, bool]
    ) -> None:
        self._path = path
        self._meaning = meaning
        self._conditions = conditions

    def value(self, expression: Any) -> Any:
        """Return plain data; raise TemplateError for a function that is not known here."""
        return self._plain(references.replace(self._chosen(expression), self._meaning))

    def _chosen(self, expression: Any) -> Any:
        """Decide every If first: what is not chosen need not mean anything."""
        if isinstance(expression, list):
            chosen = [self._chosen(one) for one in expression]
            return [one for one in chosen if one != NOTHING]
        if not isinstance(expression, dict):
            return expression
        if expression.keys() == {"Fn::If"}:
            name, then, otherwise = expression["Fn::If"]
            return self._chosen(then if self._conditions[name] else otherwise)
        chosen_of = {key: self._chosen(one) for key, one in expression.items()}
        return {key: one for key, one in chosen_of.items() if one != NOTHING}

    def _plain(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._plain(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._called(name, argument)
        return {key: self._plain(one) for key, one in value.items()}

    def _called(self, name: str, argument: Any) -> Any:
        match name:
            case "Fn::Sub":
                return self._substituted(*(argument if isinstance(argument, list) else [argument]))
            case "Fn::Join":
                separator, parts = argument
                return str(separator).join(str(one) for one in self._plain(parts))
            case "Fn::Select":
                index, parts = argument
                return self._plain(parts)[int(self._plain(index))]
            case "Fn::Split":
                separator, text = argument
                return str(self._plain(text)).split(str(separator))
            case _:
                raise TemplateError(self._path, f"{name} is not evaluated outside a deployment")

    def _substituted(self, text: str, variables: JsonObject | None = None) -> str:
        for name, value in (variables or {}).items():
            text = text.replace(_NAMES_IN_SUB % name, str(self._plain(value)))
        unknown = _UNKNOWN_IN_SUB.search(text)
        if unknown:
            raise TemplateError(self._path, f"nothing is known of {unknown[1]}")
        return text.replace("${!", "${")
