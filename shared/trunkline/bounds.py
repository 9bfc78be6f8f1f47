"""Which limits hold, in which unit, and where each comes from."""

from typing import Final

PUT_EVENTS_ENTRIES_MAX: Final = 10
"""Entries in one PutEvents call (EventBridge API reference, PutEvents)."""

PUT_EVENTS_BYTES_MAX: Final = 1_000_000
"""Bytes of all entries of one PutEvents call. AWS allows 1 MB since 2026-01; whether that means
1,000,000 or 1,048,576 is documented nowhere, so the smaller one holds."""

EVENT_BYTES_MAX: Final = 300_000
"""Bytes of one event's detail. Its outbox row must fit DynamoDB's item of 400 KB: above this a
producer sends a reference."""

EVENT_ID_CHARACTERS_MAX: Final = 128
"""Characters of an event id: it is part of a DynamoDB key."""

METADATA_CHARACTERS_MAX: Final = 512
"""Characters of any other metadata value."""

TRANSACT_ITEMS_MAX: Final = 100
"""Items of one TransactWriteItems call (DynamoDB quota)."""

TRANSACT_BYTES_MAX: Final = 4_000_000
"""Bytes of one TransactWriteItems call (DynamoDB quota, 4 MB)."""

BATCH_WRITE_ITEMS_MAX: Final = 25
"""Items of one BatchWriteItem call (DynamoDB quota)."""

BATCH_WRITE_ATTEMPTS_MAX: Final = 4
"""Calls made for the items that BatchWriteItem left unprocessed."""

QUERY_ITEMS_MAX: Final = 1_000
"""Items one `UnitOfWork.query` returns at the most."""

HANDLER_RERUNS_MAX: Final = 3
"""How often a handler runs again because an item it read was changed meanwhile."""

COMMIT_ATTEMPTS_MAX: Final = 4
"""TransactWriteItems calls for one run of a handler under contention or throttling."""

PUBLISH_ATTEMPTS_MAX: Final = 4
"""PutEvents calls for one event within one invocation; then its row waits for the sweep."""

BACKOFF_BASE_S: Final = 0.05
"""Seconds: upper end of the first jittered pause."""

BACKOFF_CAP_S: Final = 1.0
"""Seconds: upper end of any jittered pause."""

INVOCATION_RESERVE_S: Final = 1.0
"""Seconds kept free at the end of an invocation: no retry starts within them."""

OUTBOX_PARTITIONS: Final = 4
"""Partitions the outbox rows of one table lie in."""

SWEEP_AGE_S: Final = 60
"""Seconds after which a row that is still there is sent by the sweep."""

SWEEP_ROWS_MAX: Final = 500
"""Rows one run of the sweep sends per partition."""

REASON_CHARACTERS_MAX: Final = 1_024
"""Characters of a dead letter's reason."""

AWS_CONNECT_TIMEOUT_S: Final = 2
"""Seconds an AWS call waits for its connection."""

AWS_READ_TIMEOUT_S: Final = 5
"""Seconds an AWS call waits for its answer."""

AWS_CALL_ATTEMPTS_MAX: Final = 3
"""Attempts botocore makes for one AWS call, the first included."""
