"""The examples of a guide as a function that runs, word by word."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from schemas.orders import OrderPlaced
from tests.integration.trunkline.asked import an_event
from trunklab.settings import REPOSITORY
from trunklab.testing.function_process import Function
from trunklab.testing.function_worker import Code

_CODE: Final = re.compile(r"```python\n# (?P<file>\w+\.py)\n(?P<code>.*?)```", re.DOTALL)

Follow = Callable[[], Function]
"""Starts the function that the guide's examples make."""


def guide(name: str) -> str:
    """The text of a guide in docs/."""
    return (REPOSITORY / "docs" / name).read_text("utf-8")


@contextmanager
def followed(text: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Follow]:
    """Writes the guide's Python files into the folder; their `handler` is the function."""
    for example in _CODE.finditer(text):
        (folder / example["file"]).write_text(example["code"], "utf-8")
    running: list[Function] = []

    def start() -> Function:
        running.append(Function(Code("handler.handler", (str(folder),)), environment))
        return running[-1]

    yield start
    for function in running:
        function.stop()


def an_order(event_id: str = "e-1") -> dict[str, Any]:
    """The contract's first example as the bus delivers it."""
    event = an_event(event_id)
    event["detail"]["data"] = OrderPlaced.examples()[0].to_data()
    return {**event, "source": "shop.orders", "detail-type": "OrderPlaced"}
