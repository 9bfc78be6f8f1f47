"""Handlers are read from code, through whatever names their contract and their Consumer have."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.templates.repository import TEMPLATE, repository
from trunklab.templates import declared_handlers as reader
from trunklab.templates.repository import topology
from trunklab.templates.topology import Handler, Topology

FUNCTION = """Resources:
  Queue: {Type: AWS::SQS::Queue}
  Rule:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {source: [a]}, Targets: [{Id: q, Arn: !GetAtt Queue.Arn}]}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: shop.handler.take
      Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}}
"""
PLAIN = """
from schemas.orders import OrderPlaced
from trunkline import Consumer
app = Consumer(parallel=5)
take = app.handler
@app.on(OrderPlaced, name="a")
def on_a(event, unit): ...
"""
PLAIN_BY_PARTS = PLAIN.replace("from trunkline import Consumer\n", "").replace(
    "app = Consumer(parallel=5)", "from .apps import app"
)


def read(folder: Path, code: Mapping[str, str]) -> Topology:
    """A service with this code, by module."""
    files = {f"services/shop/src/shop/{name}.py": text for name, text in code.items()}
    return topology(repository(folder, {TEMPLATE: FUNCTION, **files}))


def handlers(folder: Path, code: Mapping[str, str]) -> tuple[Handler, ...]:
    """The handlers that the rule leads to."""
    (consumer,) = read(folder, code).consumers
    return consumer.handlers


@pytest.mark.parametrize(
    "code",
    [
        {"handler": PLAIN},
        {"handler": PLAIN.replace("import OrderPlaced", "import OrderPlaced as X").replace(
            "on(OrderPlaced", "on(X")},
        {"handler": PLAIN.replace("from schemas.orders import OrderPlaced", "import schemas.orders"
            ).replace("on(OrderPlaced", "on(schemas.orders.OrderPlaced")},
        {"handler": PLAIN.replace("from schemas.orders import OrderPlaced",
            "from schemas import orders as o").replace("on(OrderPlaced", "on(o.OrderPlaced")},
        {"handler": PLAIN.replace("from trunkline import", "import trunkline as t\n#").replace(
            "Consumer(", "t.Consumer(")},
        {"handler": PLAIN.replace("def on_a", "async def on_a")},
        {"handler": PLAIN.replace("take = app.handler", "app2 = app\ntake = app.handler")},
        {"handler": PLAIN.replace("take = app.handler", "take = wrap(app.handler)")},
        {"handler": PLAIN.replace("take = app.handler",
            "def take(event, context):\n    return app.handler(event, context)")},
        {"handler": "from shop.inner import take", "inner": PLAIN},
        {"handler": "from .inner import app\ntake = app.handler", "inner": PLAIN},
        {
            "handler": "from shop import other, apps\ntake = apps.app.handler",
            "apps": "from trunkline import Consumer\napp = Consumer()",
            "other": "from schemas.orders import OrderPlaced\nfrom shop.apps import app\n"
            "@app.on(OrderPlaced, name='a')\ndef on_a(event, unit): ...",
        },
    ],
)  # fmt: skip
def test_a_handler_is_found_behind_its_names(tmp_path: Path, code: Mapping[str, str]) -> None:
    """Aliases, modules, relative imports, and a Consumer that others import."""
    (handler,) = handlers(tmp_path, code)

    assert (handler.name, handler.contract_name) == ("a", "OrderPlaced")
    assert str(handler.contract_path) == "schemas/orders/OrderPlaced.schema.json"


CALLED = PLAIN.partition("@app.on")[0]


@pytest.mark.parametrize(
    "code",
    [
        {"handler": CALLED + "def on_a(event, unit): ...\n"
            "app.on(OrderPlaced, name='a')(on_a)"},
        {"handler": CALLED + "from shop.follow import on_a as go\n"
            "app.on(contract=OrderPlaced, name='a')(go)", "follow": "def on_a(event, unit): ..."},
        {"handler": CALLED + "app.on(OrderPlaced, name='a')(lambda event, unit: None)"},
        {"handler": CALLED + "def declare():\n  @app.on(OrderPlaced, name='a')\n"
            "  def on_a(event, unit): ..."},
    ],
)  # fmt: skip
def test_a_handler_need_not_be_decorated(tmp_path: Path, code: Mapping[str, str]) -> None:
    """`app.on(…)` is a function like any other."""
    (found,) = handlers(tmp_path, code)

    assert (found.contract_name, found.domain, found.name) == ("OrderPlaced", "orders", "a")


def test_a_second_major_is_another_contract(tmp_path: Path) -> None:
    """The class OrderPlacedV2 is the detail-type OrderPlaced.v2."""
    (handler,) = handlers(tmp_path, {"handler": PLAIN.replace("OrderPlaced", "OrderPlacedV2")})

    assert str(handler.contract_path) == "schemas/orders/OrderPlaced.v2.schema.json"


def test_each_consumer_has_its_own_handlers(tmp_path: Path) -> None:
    """Of two in one module, the function runs one."""
    other = PLAIN.replace("app", "other").replace('"a"', '"b"').replace("take =", "unused =")
    (handler,) = handlers(tmp_path, {"handler": PLAIN + other})

    assert handler.name == "a"


@pytest.mark.parametrize(
    "code",
    [
        {"handler": "def take(event, context): ..."},
        {"handler": PLAIN.replace("take = app.handler", "take = app.other")},
        {"handler": PLAIN.replace("take = app.handler", "")},
        {"handler": "from shop.handler import take"},
        {"handler": "from shop.gone import take"},
        {"gone": PLAIN},
        {"handler": "take = take"},
    ],
)
def test_a_function_that_is_no_consumer_declares_nothing(
    tmp_path: Path, code: Mapping[str, str]
) -> None:
    """Its handlers are not known, which is something else than none."""
    (consumer,) = read(tmp_path, code).consumers

    assert (consumer.handlers, consumer.declares) == ((), False)


def test_decorators_of_others_are_no_handlers(tmp_path: Path) -> None:
    """Only those of a Consumer count."""
    code = (
        PLAIN + "\n@bus.on(OrderPlaced, name='x')\ndef on_x(event): ...\n@app.on()\ndef y(): ...\n"
    )

    assert [one.name for one in handlers(tmp_path, {"handler": code})] == ["a"]


@pytest.mark.parametrize("bound", ["MODULES_MAX", "MODULE_BYTES_MAX"])
def test_code_as_large_as_its_bound_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    """What is one larger is named as not read."""
    home, size = {"MODULES_MAX": (reader, 1), "MODULE_BYTES_MAX": (reader, len(PLAIN))}[bound]
    monkeypatch.setattr(home, bound, size)

    assert len(handlers(tmp_path, {"handler": PLAIN})) == 1
    monkeypatch.setattr(home, bound, size - 1)
    found = read(tmp_path, {"handler": PLAIN})
    assert (len(found.handlers), len(found.unread)) == (0, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from schemas.orders import", "from schemas.orders.placed import"),
        ('OrderPlaced, name="a"', 'OrderPlaced, queue="b", name="a"'),
    ],
)
def test_a_handler_is_told_apart_from_what_is_beside_it(tmp_path: Path, old: str, new: str) -> None:
    """A contract's domain is the first folder; a name is what is called so."""
    (handler,) = handlers(tmp_path, {"handler": PLAIN.replace(old, new)})

    assert (handler.name, handler.domain) == ("a", "orders")


def test_a_package_may_declare_handlers_itself(tmp_path: Path) -> None:
    """Its relative imports begin in it, not beside it."""
    code = {"handler": "from shop.inner import take", "inner/__init__": PLAIN_BY_PARTS}
    parts = {"inner/apps": "from trunkline import Consumer\napp = Consumer()"}

    assert [one.name for one in handlers(tmp_path, code | parts)] == ["a"]


def test_a_contract_that_is_no_name_is_shown_as_written(tmp_path: Path) -> None:
    """Nobody can say which file it is."""
    code = PLAIN.replace("on(OrderPlaced", "on(chosen()")

    (handler,) = handlers(tmp_path, {"handler": code})

    assert (handler.contract_name, handler.domain) == ("chosen()", "")


def test_what_python_would_warn_of_is_no_ones_answer(tmp_path: Path) -> None:
    """An escape that is none is the service's own affair; a warning would stand in the output."""
    code = PLAIN + "PATTERN = '\\d'\n"

    assert len(handlers(tmp_path, {"handler": code})) == 1
