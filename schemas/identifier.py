"""Format of the ids in events."""

from typing import Annotated, Final

from pydantic import StringConstraints

CHARACTERS_MAX: Final = 64
"""Characters of an id."""

ORDER_ID: Final = r"^[A-Za-z0-9-]+$"
"""Characters of an order id."""

OrderId = Annotated[
    str, StringConstraints(min_length=1, max_length=CHARACTERS_MAX, pattern=ORDER_ID)
]
PaymentId = Annotated[
    str, StringConstraints(min_length=1, max_length=CHARACTERS_MAX, pattern=r"^[A-Za-z0-9-]+$")
]
CustomerId = Annotated[
    str, StringConstraints(min_length=1, max_length=CHARACTERS_MAX, pattern=r"^[A-Za-z0-9._-]+$")
]
