"""How long it is remembered that something was done."""

from datetime import UTC, datetime

from trunkline.retention import expiry

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_what_is_remembered_outlives_the_archive_and_every_queue() -> None:
    """28 days more than the archive, in seconds since 1970 as DynamoDB wants them."""
    assert expiry(NOON, 30) == {"_trunkline_expires_at": int(NOON.timestamp()) + 58 * 86_400}
