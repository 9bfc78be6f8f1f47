"""Names of new services, consumers and events, and their forms in templates and code."""

import keyword
import re
import sys
from importlib.util import find_spec
from typing import Final

from trunklab.scaffold.errors import ScaffoldError

RULE_NAME_CHARACTERS_MAX: Final = 64
"""Characters of a rule's name (EventBridge, PutRule)."""

STAGE_CHARACTERS_MAX: Final = 16
"""Characters of a stage, by the templates' own pattern."""

SERVICE_CHARACTERS_MAX: Final = 30
"""Characters of a service, so that its schedule's name has at most 64 on the longest stage."""

_PREFIX_CHARACTERS: Final = len("trunkline---") + STAGE_CHARACTERS_MAX
_KEBAB: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_EVENT: Final = re.compile(r"[A-Z][a-z0-9]*([A-Z][a-z0-9]*)*")
_MAJOR: Final = re.compile(r"V[0-9]+")


def check_service(name: str) -> None:
    """Raises ScaffoldError if a service cannot have this name."""
    _check_kebab("service", name, SERVICE_CHARACTERS_MAX)
    package = snake(name)
    is_taken = package in sys.stdlib_module_names or find_spec(package) is not None
    if keyword.iskeyword(package) or is_taken:
        raise ScaffoldError(
            f"Invalid service name {name!r}: {package} is a Python keyword or an installed "
            "package, and functions import the service by this name. Choose another name."
        )


def check_consumer(service: str, name: str) -> None:
    """Raises ScaffoldError if a consumer of a service cannot have this name."""
    _check_kebab("consumer", name, consumer_characters_max(service))
    if keyword.iskeyword(snake(name)) or snake(name) in {"domain", "handler", "store", "settings"}:
        raise ScaffoldError(
            f"Invalid consumer name {name!r}: a module of a service cannot have it. "
            "Choose another name."
        )


def check_event(name: str) -> None:
    """Raises ScaffoldError if an event cannot have this name."""
    if not _EVENT.fullmatch(name) or _MAJOR.search(name[-3:]) or keyword.iskeyword(name):
        raise ScaffoldError(
            f"Invalid event name {name!r}: write it in the past tense and without a version, such "
            "as VanParked. docs/events.md describes a second major."
        )


def consumer_characters_max(service: str) -> int:
    """Returns the longest consumer name, so that its rule's name fits on the longest stage."""
    return RULE_NAME_CHARACTERS_MAX - _PREFIX_CHARACTERS - len(service)


def of_contract(service: str, detail_type: str) -> str:
    """Returns the consumer name for a contract, cut to what fits: `on-van-parked`."""
    name = f"on-{kebab(detail_type)}"[: consumer_characters_max(service)]
    return name.rstrip("-")


def kebab(name: str) -> str:
    """Returns VanParked.v2 as van-parked-v2."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name)
    return parted.replace(".", "-").lower()


def snake(name: str) -> str:
    """Returns on-van-parked as on_van_parked."""
    return name.replace("-", "_")


def pascal(name: str) -> str:
    """Returns on-van-parked as OnVanParked."""
    return "".join(part.capitalize() for part in name.split("-"))


def _check_kebab(kind: str, name: str, characters_max: int) -> None:
    if not _KEBAB.fullmatch(name):
        raise ScaffoldError(
            f"Invalid {kind} name {name!r}: use lower-case words joined by hyphens, such as "
            "print-label."
        )
    if len(name) > characters_max:
        raise ScaffoldError(
            f"Invalid {kind} name {name!r}: {len(name)} characters, at most {characters_max} fit "
            f"into AWS's names of {RULE_NAME_CHARACTERS_MAX} characters on the longest stage."
        )
