"""What a service has for its calls to the outside world, and what can be seen of it there."""

from dataclasses import dataclass
from typing import Any

from tests.integration.trunkline.provider import Provider
from tests.integration.trunkline.units import fresh
from trunkline.items import Item, from_attributes, to_attributes


@dataclass(frozen=True)
class Outside:
    """A provider and the table of the calls that are made to it."""

    provider: Provider
    dynamodb: Any
    table: str

    def settings(self) -> dict[str, str]:
        """The environment that the template gives to functions that make calls."""
        return {"TRUNKLINE_CALLS_TABLE": self.table, "PROVIDER_URL": self.provider.url}

    def items(self) -> list[Item]:
        """Every call that is under way or done."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.table, ConsistentRead=True
        )
        return [from_attributes(item) for page in pages for item in page["Items"]]

    def item(self) -> Item:
        """The only one."""
        (item,) = self.items()
        return item

    def end_lease(self) -> None:
        """The only lease ends now: as if its time had passed."""
        item = {**self.item(), "lease_until": 0}
        self.dynamodb.put_item(TableName=self.table, Item=to_attributes(item))


def make_calls_table(dynamodb: Any) -> str:
    """The table that the template makes: its key is `pk` only."""
    name = f"calls-{fresh()}"
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    return name
