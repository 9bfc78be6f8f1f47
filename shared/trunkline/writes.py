"""Write operations of a unit of work: merging, evaluation and wire format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias

from trunkline.items import Item, Key, Value, key_attributes, to_attributes

VERSION: Final = "_version"
"""Attribute that the runtime sets on every write: the id of the commit."""

ABSENT: Final = ""
"""The version of an item that was read and does not exist."""

UNVERSIONED: Final = "-"
"""The version of an item that something other than the runtime wrote."""


@dataclass(frozen=True)
class Put:
    """Replaces the item by exactly these attributes."""

    attributes: Item


@dataclass(frozen=True)
class Update:
    """Sets some attributes and adds numbers to others; all others are unchanged."""

    set_to: Mapping[str, Value] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Delete:
    """Deletes the item."""


@dataclass(frozen=True)
class Check:
    """Requires that the item is unchanged since it was read."""


Write: TypeAlias = Put | Update | Delete | Check


def merged(first: Write | None, then: Write) -> Write:
    """Returns one operation equal to both in order."""
    if first is None or isinstance(first, Check):
        return then
    if isinstance(then, Check):
        return first
    if not isinstance(then, Update):
        return then
    if isinstance(first, Update):
        return _merged_updates(first, then)
    return Put(applied(first.attributes if isinstance(first, Put) else {}, then))


def applied(attributes: Mapping[str, Value], update: Update) -> Item:
    """Returns the attributes after the update; raises TypeError if ADD meets a non-number."""
    result = {**attributes, **update.set_to}
    for name, amount in update.add.items():
        result[name] = _sum(name, result.get(name, 0), amount)
    return result


def action(key: Key, write: Write, seen: str | None, version: str) -> dict[str, Any]:
    """Returns the write as an element of TransactItems.

    `seen` is the item's version when it was read (None: not read), `version` the version after this
    commit.
    """
    condition = _condition(seen)
    if isinstance(write, Put):
        item = key_attributes(key) | to_attributes({**write.attributes, VERSION: version})
        return {"Put": {"Item": item, **condition}}
    if isinstance(write, Update):
        return {"Update": {"Key": key_attributes(key), **_expression(write, version, condition)}}
    if isinstance(write, Delete):
        return {"Delete": {"Key": key_attributes(key), **condition}}
    return {"ConditionCheck": {"Key": key_attributes(key), **condition}}


def _merged_updates(first: Update, then: Update) -> Update:
    set_to = {**first.set_to, **then.set_to}
    add = {name: amount for name, amount in first.add.items() if name not in then.set_to}
    for name, amount in then.add.items():
        if name in set_to:
            set_to[name] = _sum(name, set_to[name], amount)
        else:
            add[name] = add.get(name, 0) + amount
    return Update(set_to, add)


def _sum(name: str, value: Value, amount: int) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"cannot add {amount} to {name}: it is not a number")
    return value + amount


def _condition(seen: str | None) -> dict[str, Any]:
    if seen is None:
        return {}
    if seen == ABSENT:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    names = {"#version": VERSION}
    if seen == UNVERSIONED:
        return {
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(#version)",
            "ExpressionAttributeNames": names,
        }
    return {
        "ConditionExpression": "#version = :seen",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {":seen": {"S": seen}},
    }


def _expression(update: Update, version: str, condition: dict[str, Any]) -> dict[str, Any]:
    names = {**condition.get("ExpressionAttributeNames", {})}
    values = {**condition.get("ExpressionAttributeValues", {})}
    set_parts, add_parts = [], []
    set_to = {**update.set_to, VERSION: version}
    for index, (name, value) in enumerate(to_attributes(set_to).items()):
        names[f"#s{index}"], values[f":s{index}"] = name, value
        set_parts.append(f"#s{index} = :s{index}")
    for index, (name, value) in enumerate(to_attributes(dict(update.add)).items()):
        names[f"#a{index}"], values[f":a{index}"] = name, value
        add_parts.append(f"#a{index} :a{index}")
    expression = "SET " + ", ".join(set_parts)
    expression += " ADD " + ", ".join(add_parts) if add_parts else ""
    return {
        **condition,
        "UpdateExpression": expression,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
