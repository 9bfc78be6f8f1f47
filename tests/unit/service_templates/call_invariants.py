"""What a service's template must be, so that its calls to the outside world are made once."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.unit.service_templates.outbox_invariants import SWEEP
from tests.unit.service_templates.stack import Stack, attribute, target_of

GUARDING: Final = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
"""What the runtime does to the table of the calls."""


def guarded_calls_have_a_table_of_their_own(stack: Stack) -> Iterator[str]:
    """Leases are written before the commit and apart from it, so not into the service's data."""
    calling = _tables_by_function(stack)
    for name, table in calling.items():
        if table not in stack.of("AWS::DynamoDB::Table"):
            yield f"{name} guards its calls in {table or 'a table'} that is not in its stack"
        if {"Ref": table} == stack.functions[name]["Environment"]["Variables"]["TRUNKLINE_TABLE"]:
            yield f"{name} guards its calls in the table of its own data"
    if not calling and any(map(_makes_calls, stack.folder.glob("src/**/*.py"))):
        yield f"{stack.name} calls unit.once and has no TRUNKLINE_CALLS_TABLE"


def only_who_makes_calls_touches_their_table(stack: Stack) -> Iterator[str]:
    """A lease that somebody else removes lets a call be made twice."""
    calling = _tables_by_function(stack)
    for name in stack.functions:
        for table in set(calling.values()):
            wanted = GUARDING if calling.get(name) == table else set()
            if stack.actions_of(name, attribute(table)) != wanted:
                yield f"{name} may do to {table} other things than {sorted(wanted)}"


def _tables_by_function(stack: Stack) -> dict[str, str]:
    return {
        name: target_of(function["Environment"]["Variables"]["TRUNKLINE_CALLS_TABLE"])
        for name, function in stack.functions.items()
        if "TRUNKLINE_CALLS_TABLE" in function["Environment"]["Variables"]
    }


def who_queries_may_query(stack: Stack) -> Iterator[str]:
    """A handler's query of its table needs a right of its own, and nobody else has it."""
    queries = any(_uses(module, "query") for module in stack.folder.glob("src/**/*.py"))
    for name, function in stack.functions.items():
        table = target_of(function["Environment"]["Variables"]["TRUNKLINE_TABLE"])
        may = "dynamodb:Query" in stack.actions_of(name, attribute(table))
        if may and not queries and function["Handler"] != SWEEP:
            yield f"{name} may query {table}, and nothing in its service does"
        if queries and not may:
            yield f"{name} may not query {table}, and its service does"


def _makes_calls(module: Path) -> bool:
    return _uses(module, "once")


def _uses(module: Path, method: str) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
    )
