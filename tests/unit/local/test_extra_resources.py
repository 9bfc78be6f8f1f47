"""A bus policy is put as the permissions that the emulator's API can hold, or noted."""

from typing import Any

import pytest

from trunklab.local.deploy.extra_resources import bus_permissions

ONE = {"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents"}
NAMED = {"EventBusName": "bus", "StatementId": "s"}
PUT = {"EventBusName": "bus", "Action": "events:PutEvents"}


@pytest.mark.parametrize(
    ("properties", "permissions"),
    [
        ({"Statement": ONE}, [PUT | {"StatementId": "s", "Principal": "*"}]),
        (
            {"Action": "events:PutEvents", "Principal": "1"},
            [PUT | {"StatementId": "s", "Principal": "1"}],
        ),
        (
            {"Statement": ONE | {"Principal": {"AWS": ["1", "arn:aws:iam::2:root"]}}},
            [
                PUT | {"StatementId": "s", "Principal": "1"},
                PUT | {"StatementId": "s-2", "Principal": "2"},
            ],
        ),
        (
            {"Statement": ONE | {"Condition": {"StringEquals": {"k": "v"}}}},
            [
                PUT
                | {"StatementId": "s", "Principal": "*"}
                | {"Condition": {"Type": "StringEquals", "Key": "k", "Value": "v"}}
            ],
        ),
    ],
)
def test_a_statement_becomes_a_permission_for_each_principal(
    properties: dict[str, Any], permissions: list[dict[str, Any]]
) -> None:
    """In the old form and the new one."""
    assert bus_permissions(NAMED | properties) == permissions


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Deny"},
        {"Condition": {"StringEquals": {"k": ["v", "w"]}}},
        {"Condition": {"StringEquals": {"k": "v", "l": "w"}}},
        {"Condition": {"StringEquals": {"k": "v"}, "StringLike": {"l": "w"}}},
        {"Principal": {"Service": "x.amazonaws.com"}},
    ],
)
def test_what_no_permission_can_express_is_not_put_as_something_else(
    change: dict[str, Any],
) -> None:
    """The deployment notes it."""
    assert bus_permissions(NAMED | {"Statement": ONE | change}) is None
