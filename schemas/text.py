"""How free text in an event looks."""

from typing import Final

PRINTABLE: Final = r"^[^\u0000-\u001f\u007f-\u009f\ufffe\uffff]*$"
"""No control characters, and none of the two that no SQS message can hold (SQS API reference)."""
