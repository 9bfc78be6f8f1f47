"""The functions of `things` and `others`, each started in a process of its own."""

from collections.abc import Callable

from tests.integration.trunkline import others, things
from trunklab.testing import function_process
from trunklab.testing.function_process import Result
from trunklab.testing.function_worker import Code

__all__ = ["Function", "Result", "Start"]


class Function(function_process.Function):
    """A running function, by its name there."""

    def __init__(self, name: str, environment: dict[str, str]) -> None:
        module = others if hasattr(others, name) and not hasattr(things, name) else things
        super().__init__(Code(f"{module.__name__}.{name}"), environment)


Start = Callable[..., Function]
"""Starts a function by its name in `things`; keywords change its environment."""
