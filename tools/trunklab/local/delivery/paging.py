"""Pages of lists, with the place of the next item as token."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trunklab.local.delivery.steps import ApiError, JsonObject


@dataclass(frozen=True, slots=True)
class Paging:
    """Token names of a service."""

    token: str = "NextToken"  # noqa: S105 - names a parameter
    next_token: str = "NextToken"  # noqa: S105 - names a member of the response
    invalid: str = "ValidationException"
    """Error code for a token that no page had."""

    def page(self, name: str, items: Sequence[Any], given: JsonObject, size: int) -> JsonObject:
        """Returns at most `size` items; the last page has no token. Raises ApiError."""
        token = given.get(self.token, "0")
        if not (token.isascii() and token.isdecimal()):
            reason = "Reason: It was not returned by this operation."
            raise ApiError(self.invalid, f"Parameter {self.token} is not valid. {reason}")
        end = int(token) + size
        page: JsonObject = {name: items[int(token) : end]}
        return page | {self.next_token: str(end)} if end < len(items) else page
