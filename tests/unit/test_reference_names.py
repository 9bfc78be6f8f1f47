"""The platform knows nothing of the reference system that is built on it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from trunklab import settings
from trunklab.contracts.contract_files import contracts_in
from trunklab.dev.style.source_files import Source, read_sources

PLATFORM: Final = ("shared", "tools/trunklab")


def names(root: Path) -> Iterator[str]:
    """Yields a pattern for each name: of the shop, of each contract and of each handler."""
    yield r"\bshop\b"
    for contract in contracts_in(root):
        yield rf"\b{re.escape(contract.detail_type)}\b"
    for path in root.glob("services/*/handlers.yaml"):
        service = re.escape(path.parent.name)
        # A service may have an ordinary word for its name: only its folder and its handlers count.
        yield rf"\bservices/{service}\b|\bschemas[./]{service}\b|\bfrom {service} import\b"
        for handler in yaml.safe_load(path.read_text("utf-8"))["handlers"]:
            yield rf"\b{re.escape(handler)}\b"


NAMES: Final = re.compile("|".join(names(settings.REPOSITORY)), re.IGNORECASE)


def named(sources: list[Source]) -> list[str]:
    """Returns each line of the platform that names a part of the reference system."""
    return [
        f"{source.path}:{number}: {line.strip()}"
        for source in sources
        if str(source.path).startswith(PLATFORM)
        for number, line in enumerate(source.text.splitlines(), start=1)
        if NAMES.search(line)
    ]


def test_the_platform_names_nothing_of_the_reference_system() -> None:
    """Whoever takes the platform for another domain finds no foreign example in it."""
    assert named(list(read_sources(settings.REPOSITORY))) == []


@pytest.mark.parametrize("folder", PLATFORM)
@pytest.mark.parametrize(
    "line",
    [
        'source = "shop.orders"',
        '"""Decides an OrderPlaced."""',
        "path = 'services/payments/template.yaml'",
        "from payments import domain",
        "from schemas.orders import x",
        'HANDLER = "payments.decide-payment"',
    ],
)
def test_a_name_of_the_reference_system_is_found(folder: str, line: str) -> None:
    """Each kind of name, in code and in text."""
    assert named([Source(f"{folder}/some.py", line)]) == [f"{folder}/some.py:1: {line}"]


@pytest.mark.parametrize("line", ["orders = sorted(rows)", "from workshop import x", "shopper"])
def test_an_ordinary_word_is_not_a_name(line: str) -> None:
    """A service that is called like one must not turn the platform's checks red."""
    assert named([Source("shared/some.py", line)]) == []
