"""Every style rule finds what it forbids and accepts what it allows."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from trunklab import settings
from trunklab.dev.style import __main__ as style
from trunklab.dev.style.source_files import Source
from trunklab.dev.style.style_checks import CHECKS

SERVICES: Final = [
    Source("services/orders/src/orders/handler.py", '"""H."""'),
    Source("services/payments/src/payments/handler.py", '"""H."""'),
    Source("tools/shop/__init__.py", '"""S."""'),
    Source("tools/trunklab/patterns/explain.py", '"""E."""'),
]
"""Two services, the shop made of them and a tool: others can import them or take their names."""

HANDLER: Final = "services/orders/src/orders/handler.py"
DOMAIN: Final = "services/orders/src/orders/domain.py"
RUNTIME: Final = "shared/trunkline/outbox.py"
WORKSHOP: Final = "tools/trunklab/observe/story.py"
TEST: Final = "tests/unit/test_it.py"
LOCK: Final = "locks/workshop.txt"
LONG_BODY: Final = "\n".join(f"    a{number} = {number}" for number in range(50))
NOTES: Final = ("TO" + "DO", "FIXM" + "E")
"""Put together, so that the rule does not find them in this file."""

FORBIDDEN: Final[Mapping[str, list[tuple[str, str]]]] = {
    "import directions": [
        (HANDLER, "import trunklab.effects"),
        (HANDLER, "from payments import domain"),
        (HANDLER, "import boto3"),
        (DOMAIN, "import pydantic"),
        (DOMAIN, "from orders import store"),
        (RUNTIME, "from schemas.orders import OrderPlaced"),
        (RUNTIME, "from trunklab import effects"),
        (RUNTIME, "import boto3"),
        (RUNTIME, "from botocore.config import Config"),
        ("schemas/orders/model.py", "from trunkline import UnitOfWork"),
        ("schemas/orders/model.py", "import aws_lambda_powertools"),
        (WORKSHOP, "import orders.domain"),
        (WORKSHOP, "def late() -> None:\n    from payments import domain"),
        (WORKSHOP, "import importlib\nimportlib.import_module('orders.handler')"),
        (HANDLER, "__import__('payments.handler')"),
        ("tools/shop/tests/e2e/test_orders.py", "from orders import domain"),
        ("tools/trunklab/local/answer.py", "from shop import books"),
        ("tools/setup.py", "import pydantic"),
        ("tools/trunklab/dev/locked_environments.py", "import boto3"),
        ("tools/trunklab/dev/locked_environments.py", "from trunklab.local import platform"),
        ("tools/trunklab/effects.py", "import rich"),
        ("tools/trunklab/templates/foreach.py", "from trunklab.local import local_limits"),
        ("tools/trunklab/__init__.py", "from trunklab import cli"),
    ],
    "randomness": [
        (WORKSHOP, "import random\nrandom.Random()"),
        (TEST, "from random import Random\nchance = Random()"),
    ],
    "broad excepts": [
        (RUNTIME, "try:\n    pass\nexcept:\n    pass"),
        (RUNTIME, "try:\n    pass\nexcept Exception:\n    pass"),
        (WORKSHOP, "try:\n    pass\nexcept BaseException as error:\n    print(error)"),
        (WORKSHOP, "try:\n    pass\nexcept (OSError, Exception):\n    pass"),
        (WORKSHOP, "import builtins\ntry:\n    pass\nexcept builtins.Exception:\n    pass"),
        (WORKSHOP, "try:\n    pass\nexcept Exception as error:\n    raise ValueError from error"),
        (WORKSHOP, "import contextlib\nwith contextlib.suppress(Exception):\n    pass"),
    ],
    "long files": [(WORKSHOP, "a = 1\n" * 401)],
    "long functions": [
        (WORKSHOP, f"def long():\n{LONG_BODY}"),
        (WORKSHOP, f"async def long():\n{LONG_BODY}"),
    ],
    "empty names": [
        ("tools/trunklab/utils.py", ""),
        ("tools/trunklab/helpers/text.py", ""),
        ("tests/common/__init__.py", ""),
        ("shared/trunkline/base.py", ""),
        ("shared/trunkline/manager.py", ""),
        ("services/orders/src/orders/misc.py", ""),
    ],
    "repeated names": [("tools/trunklab/rules/explain.py", "")],
    "ignores": [
        (WORKSHOP, "import os  # noqa: F401"),
        (WORKSHOP, "import os  # noqa: F401, E402"),
        (WORKSHOP, "a: int = ''  # type: ignore[assignment]"),
        (WORKSHOP, "a = 1  # noqa"),
        (WORKSHOP, "# ruff: noqa: TID251"),
    ],
    "mocks": [
        (TEST, "def test_it(monkeypatch):\n    monkeypatch.setattr('a', 1)"),
        ("tests/unit/conftest.py", "def double(monkeypatch):\n    monkeypatch.delitem({}, 'a')"),
    ],
    "titles": [
        ("docs/a.md", "no title"),
        ("docs/a.md", "# One\n\n# Two\n"),
        ("docs/a.md", "```\n# in code\n```\n"),
    ],
    "leftovers": [
        (WORKSHOP, f"# {NOTES[0]}: later"),
        ("template.yaml", f"# {NOTES[0]} later"),
        ("docs/a.md", f"- {NOTES[1]} later"),
    ],
    "machine paths": [
        ("docs/a.md", "see /ho" + "me/someone/file"),
        ("Makefile", "PYTHON = /Us" + "ers/someone/bin/python"),
        (WORKSHOP, "PLACE = '/wo" + "rk/main'"),
    ],
    "lock files": [
        (LOCK, "--index-url https://registry.example/simple\n"),
        (LOCK, "uv @ https://registry.example/uv.whl\n"),
        (LOCK, "uv==1.0\n"),
        (LOCK, "uv>=1.0 \\\n    --hash=sha256:00\n"),
        (LOCK, "uv==1.0 \\\n    # via nothing\n"),
    ],
}

ALLOWED: Final[Mapping[str, list[tuple[str, str]]]] = {
    "import directions": [
        (HANDLER, "from orders import domain\nfrom trunkline import Consumer\nimport json"),
        (HANDLER, "from schemas.orders import OrderPlaced\nimport aws_lambda_powertools, pydantic"),
        (HANDLER, "from . import domain"),
        (DOMAIN, "from dataclasses import dataclass\nfrom schemas.money import Money"),
        (RUNTIME, "import pydantic\nfrom trunkline.errors import PermanentError"),
        (WORKSHOP, "import aiohttp\nfrom schemas.orders import OrderPlaced"),
        (TEST, "from orders import domain"),
        (
            "tools/trunklab/templates/foreach.py",
            "import yaml\nfrom trunklab.templates import nested",
        ),
        ("tools/trunklab/dev/locked_environments.py", "from trunklab import settings\nimport json"),
    ],
    "randomness": [
        (WORKSHOP, "import random\nrandom.Random(7)\ndef draw(chance: random.Random): ...")
    ],
    "broad excepts": [
        (WORKSHOP, "try:\n    pass\nexcept (OSError, ValueError):\n    pass"),
        (WORKSHOP, "try:\n    pass\nexcept BaseException:\n    print()\n    raise"),
        (
            WORKSHOP,
            "try:\n    pass\nexcept Exception as error:  # noqa: BLE001 - why\n    print(error)",
        ),
    ],
    "long files": [(WORKSHOP, "a = 1\n" * 400), ("services/a/template.yaml", "a: 1\n" * 500)],
    "long functions": [
        (WORKSHOP, f"def long():\n{LONG_BODY.rpartition(chr(10))[0]}"),
        (WORKSHOP, 'def told():\n    """Tell.\n' + "\n" * 60 + '    """\n    return 1'),
    ],
    "empty names": [("tools/trunklab/database.py", ""), ("docs/common.md", "")],
    "repeated names": [
        ("tools/shop/explain.py", ""),
        ("tools/trunklab/explained.py", ""),
        ("tools/trunklab/patterns/explain.md", ""),
    ],
    "ignores": [
        (WORKSHOP, "import os  # noqa: F401 - the module registers itself"),
        (WORKSHOP, "# botocore has no types\na: int = ''  # type: ignore[assignment]"),
    ],
    "mocks": [
        (TEST, "def test_it(monkeypatch):\n    monkeypatch.setenv('A', '1')"),
        (TEST, "monkeypatch.setattr('a', 1)\n" + "def test_it(): ...\n" * 10),
        (WORKSHOP, "setattr(object, 'a', 1)"),
    ],
    "titles": [("docs/a.md", "# One\n\n## Two\n\n```bash\n# a comment\n```\n")],
    "leftovers": [(WORKSHOP, "todos = mastodon = 1")],
    "machine paths": [("docs/a.md", "https://example.com/work/shop, /homepage, a/work/b, /tmp/x")],
    "lock files": [
        (LOCK, "uv==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n    # via aiohttp\n"),
        ("locks/workshop.in", "uv\n"),
    ],
}


REFUSED_BY_RUFF: Final = [
    *[
        ("TID251", path, text)
        for path, text in [
            (RUNTIME, "from datetime import datetime\ndatetime.now()"),
            (RUNTIME, "import datetime as dt\ndt.datetime.utcnow()"),
            (RUNTIME, "from datetime import date\ndate.today()"),
            (RUNTIME, "import time\ntime.time()"),
            (RUNTIME, "from time import sleep as wait\nwait(1)"),
            (RUNTIME, "import time\nclock = time.monotonic"),
            (WORKSHOP, "import time\ntime.perf_counter()"),
            (WORKSHOP, "import uuid\nuuid.uuid4()"),
            (WORKSHOP, "from uuid import uuid1\nuuid1()"),
            (WORKSHOP, "import random\nrandom.choice([1])"),
            (WORKSHOP, "import secrets\nsecrets.token_hex()"),
            (WORKSHOP, "import os\nos.environ['HOME']"),
            (WORKSHOP, "import os\nos.environ.get('HOME')"),
            (WORKSHOP, "from os import environ\nenviron"),
            (TEST, "import os\nos.getenv('CI')"),
            (TEST, "def test_it():\n    import time\n    time.sleep(1)"),
            (WORKSHOP, "from random import shuffle\nshuffle([1])"),
            (TEST, "from unittest.mock import Mock\nMock()"),
            (TEST, "from unittest import mock\nmock.patch('a')"),
            (TEST, "from ministack import app\napp.run()"),
            (WORKSHOP, "import ministack"),
        ]
    ],
    *[
        ("D100,D101,D102,D103,D104", path, text)
        for path, text in [
            (WORKSHOP, "a = 1"),
            ("tools/trunklab/observe/__init__.py", ""),
            (TEST, '"""T."""\ndef test_it():\n    assert True'),
            (TEST, '"""T."""\nclass TestIt:\n    def test_it(self):\n        assert True'),
            (RUNTIME, '"""M."""\nclass Outbox:\n    a = 1'),
            (RUNTIME, '"""M."""\nclass Outbox:\n    """O."""\n    def sweep(self): ...'),
            (RUNTIME, '"""M."""\nasync def sweep(): ...'),
        ]
    ],
]

ACCEPTED_BY_RUFF: Final = [
    *[
        ("TID251", path, text)
        for path, text in [
            ("shared/trunkline/effects.py", "import time\ntime.time()"),
            ("services/orders/src/orders/settings.py", "import os\nos.environ['TABLE']"),
            (WORKSHOP, "import random\nrandom.Random(7)\ndef draw(chance: random.Random): ..."),
            (WORKSHOP, "from datetime import datetime\ndatetime.fromisoformat('2026-01-01')"),
            (WORKSHOP, "import os\nos.path.join('a', 'b')"),
            (WORKSHOP, "import uuid\nuuid.uuid5(uuid.NAMESPACE_URL, 'a')"),
            (WORKSHOP, "def late(time):\n    time.sleep(1)"),
        ]
    ],
    *[
        ("D100,D101,D102,D103,D104", path, text)
        for path, text in [
            (RUNTIME, '"""M."""\ndef _inner(): ...\nclass _Inner: ...\n'),
            (RUNTIME, '"""M."""\nclass Outbox:\n    """O."""\n    def __init__(self): ...'),
            (TEST, '"""T."""\ndef test_it():\n    """It is."""\n    def inner(): ...'),
        ]
    ],
]


def _ruff(rules: str, path: str, text: str) -> int:
    program = settings.REPOSITORY / ".venv" / "bin" / "ruff"
    command = [str(program), "check", "--quiet", "--select", rules, "--stdin-filename", path, "-"]
    done = subprocess.run(  # noqa: S603 - our own linter
        command, input=text.encode(), capture_output=True, cwd=settings.REPOSITORY, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode


@pytest.mark.parametrize(("rules", "path", "text"), REFUSED_BY_RUFF)
def test_ruff_refuses_what_has_a_seam_and_what_has_no_docstring(
    rules: str, path: str, text: str
) -> None:
    """Clock, randomness, environment and mocks are banned names in pyproject.toml."""
    assert _ruff(rules, path, text) == 1


@pytest.mark.parametrize(("rules", "path", "text"), ACCEPTED_BY_RUFF)
def test_ruff_accepts_seams_and_private_names(rules: str, path: str, text: str) -> None:
    """A check with false alarms is soon disabled."""
    assert _ruff(rules, path, text) == 0


def _cases(table: Mapping[str, list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    return [(check, path, text) for check, files in table.items() for path, text in files]


@pytest.mark.parametrize(("check", "path", "text"), _cases(FORBIDDEN))
def test_a_rule_finds_what_it_forbids(check: str, path: str, text: str) -> None:
    """Each finding names the file, and what to do instead."""
    findings = list(CHECKS[check]([*SERVICES, Source(path, text)]))

    assert findings
    assert all(str(finding.path) == path and finding.fix for finding in findings)


@pytest.mark.parametrize(("check", "path", "text"), _cases(ALLOWED))
def test_a_rule_leaves_alone_what_is_allowed(check: str, path: str, text: str) -> None:
    """A check with false alarms is soon switched off."""
    assert not list(CHECKS[check]([*SERVICES, Source(path, text)]))


@pytest.mark.parametrize("check", sorted({*CHECKS} - {"English"}))
def test_every_rule_has_examples_of_both_kinds(check: str) -> None:
    """A rule without an example may find nothing at all."""
    assert FORBIDDEN[check]
    assert ALLOWED[check]


def test_the_command_tells_every_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What git ignores is nobody's to keep; the rest is judged, committed or not."""
    subprocess.run([str(shutil.which("git")), "init", "--quiet", tmp_path], check=True)  # noqa: S603 - constant arguments
    (tmp_path / ".gitignore").write_text("build/\n")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "utils.py").write_text("")
    (tmp_path / "utils.py").write_text('"""Drawer."""\n')

    status = style.main(tmp_path)

    assert status == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "[English]" not in line] == [
        "utils.py:1  the name utils says nothing -> name it after what it holds  [empty names]"
    ]


def test_a_finding_names_the_line() -> None:
    """Line numbers count from the top of the file."""
    source = Source(WORKSHOP, '"""M."""\n\nimport random\n\nrandom.Random()\n')

    findings = list(CHECKS["randomness"]([source]))

    assert [finding.line for finding in findings] == [5]
    assert str(findings[0]).startswith(f"{WORKSHOP}:5  Random() without a seed -> ")
