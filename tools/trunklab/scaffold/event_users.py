"""Services that depend on an event, which must not be removed before them."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from trunklab.contracts.compatibility.lifecycle import rules_naming
from trunklab.contracts.contract import Contract
from trunklab.scaffold.errors import ScaffoldError
from trunklab.templates.repository import topology


def check_unused(root: Path, contracts: Iterable[Contract], removed_service: str = "") -> None:
    """Raises ScaffoldError if a rule or the code of another service names one of the contracts."""
    rules = topology(root).rules
    users = [
        user
        for contract in contracts
        for user in (
            *(f"{rule.template}:{rule.line}" for rule in rules_naming(rules, contract)),
            *_importing(root, contract),
        )
        if not user.startswith(f"services/{removed_service}/")
    ]
    if users:
        listed = "".join(f"\n  {user}" for user in sorted(set(users)))
        raise ScaffoldError(
            f"Other services use the event; remove their rules and code first:{listed}"
        )


def _importing(root: Path, contract: Contract) -> Iterator[str]:
    name = re.compile(rf"\b{contract.detail_type.replace('.v', 'V')}\b")
    for path in sorted(root.glob("services/*/src/**/*.py")):
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
            if "import" in line and name.search(line):
                yield f"{path.relative_to(root).as_posix()}:{number}"
