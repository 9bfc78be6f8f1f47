"""Messages of errors as a user reads them, without Pydantic's own layout and links."""

from typing import Final

from pydantic import ValidationError

from trunkline.faults import told

_LINK: Final = "\n\nFor further information visit"


def message_of(error: BaseException) -> str:
    """Returns the message; each fault of a ValidationError as `field: problem`."""
    if isinstance(error, ValidationError):
        return "; ".join(told(error))
    return str(error).partition(_LINK)[0]
