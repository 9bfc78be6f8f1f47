"""Messages of errors as a user reads them, without Pydantic's own layout and links."""

from typing import Final

from pydantic import ValidationError

_LINK: Final = "\n\nFor further information visit"


def message_of(error: BaseException) -> str:
    """Returns the message; each fault of a ValidationError as `field: problem`."""
    if not isinstance(error, ValidationError):
        return str(error).partition(_LINK)[0]
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or '(whole)'}: {fault['msg']}" for fault in faults
    )
