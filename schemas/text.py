"""Format of free text in events."""

from typing import Final

PRINTABLE: Final = r"^[^\u0000-\u001f\u007f-\u009f\ufffe\uffff]*$"
"""No control characters, and no U+FFFE or U+FFFF, which SQS refuses (SQS API reference)."""
