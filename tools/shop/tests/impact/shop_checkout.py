"""Copies of this repository in which a contract is changed, and what that does to whom."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import yaml

from trunklab.contracts.contract_files import contracts_in
from trunklab.contracts.impact.impact_findings import Break
from trunklab.contracts.impact.impact_verdict import Impact, impacts
from trunklab.scaffold import consumer_files
from trunklab.scaffold.checkout import Checkout
from trunklab.settings import REPOSITORY

ORDER_PLACED: Final = "schemas/orders/OrderPlaced.schema.json"
CAPTURED: Final = "schemas/payments/PaymentCaptured.schema.json"
DECLINED: Final = "schemas/payments/PaymentDeclined.schema.json"

Document = dict[str, Any]
Edit = Callable[[Document], object]


SERVICES: Final = frozenset({"notifications", "orders", "payments"})
"""Those that the tests know; a service that is added must not change their results."""

HANDLERS: Final = frozenset(
    {"decide-payment", "follow-captured", "follow-declined", "place-order", "tell-customer"}
)
"""Theirs; nor must a consumer that is added."""


def copied(folder: Path) -> Path:
    """A checkout with the templates and contracts of these services."""
    for name in ("schemas", "services"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=_ignored)
    shutil.copytree(REPOSITORY / "shared" / "stacks", folder / "shared" / "stacks")
    shutil.copy(REPOSITORY / "template.yaml", folder)
    for service in sorted(SERVICES):
        listed = yaml.safe_load((folder / f"services/{service}/handlers.yaml").read_text("utf-8"))
        for name in set(listed["handlers"]) - HANDLERS:
            checkout = Checkout(folder)
            added = consumer_files.existing(checkout, contracts_in(REPOSITORY), service, name)
            consumer_files.remove(checkout, added)
            checkout.apply(export=False)
    return folder


def before(root: Path) -> Path:
    """The same checkout without any change, beside it."""
    folder = root.with_name(f"{root.name}-before")
    return folder if folder.exists() else copied(folder)


def _ignored(folder: str, names: list[str]) -> set[str]:
    tops = {str(REPOSITORY / "schemas"), str(REPOSITORY / "services")}
    added = [name for name in names if folder in tops and (Path(folder) / name).is_dir()]
    return {"__pycache__", *added} - SERVICES


def edit(root: Path, path: str, change: Edit) -> None:
    """Change the committed contract in the file."""
    file = root / path
    document = json.loads(file.read_text("utf-8"))
    change(document)
    file.write_text(json.dumps(document, indent=2), "utf-8")


def replace(root: Path, path: str, old: str, new: str) -> None:
    """Change a text that is in the file once."""
    file = root / path
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
    file.write_text(text.replace(old, new), "utf-8")


def impact(root: Path, path: str, change: Edit) -> Impact:
    """Returns what the change does, against this repository."""
    edit(root, path, change)
    (found,) = impacts(root, str(before(root)))
    return found


def told(found: Impact) -> dict[str, list[str]]:
    """The ids of the breaks of each consumer; none for those that go on."""
    return {one.consumer: [broken.id for broken in one.breaks] for one in found.verdicts}


def broken(found: Impact, consumer: str, name: str) -> Break:
    """The one break of that kind."""
    (one,) = [
        broken
        for verdict in found.verdicts
        if verdict.consumer == consumer
        for broken in verdict.breaks
        if broken.id == name
    ]
    return one
