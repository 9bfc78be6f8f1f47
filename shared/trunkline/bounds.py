"""Limits, each with its unit and its source."""

from typing import Final

PUT_EVENTS_ENTRIES_MAX: Final = 10
"""Entries in one PutEvents call (EventBridge API reference, PutEvents)."""

PUT_EVENTS_BYTES_MAX: Final = 1_000_000
"""Bytes of all entries of one PutEvents call. AWS allows 1 MB since 2026-01 and does not document
whether that is 1,000,000 or 1,048,576, so the smaller value applies."""

EVENT_BYTES_MAX: Final = 300_000
"""Bytes of one event's detail. Its outbox row must fit DynamoDB's item of 400 KB: above this a
producer sends a reference."""

EVENT_ID_CHARACTERS_MAX: Final = 128
"""Characters of an event id: it is part of a DynamoDB key."""

METADATA_CHARACTERS_MAX: Final = 512
"""Characters of any other metadata value."""

DATA_INTEGER_BITS: Final = 64
"""Bits of a signed whole number in an event's data (EventBridge API reference, PutEvents)."""

UNSENDABLE_CHARACTERS: Final = "\ufffe\uffff"
"""Characters that no SQS message can hold (SQS API reference, SendMessage). Control characters
are not allowed either, but JSON escapes those."""

BODY_FAULTS_MAX: Final = 20
"""Duplicate keys reported for one request body."""

HANDLER_NAME_CHARACTERS_MAX: Final = 64
"""Characters of a handler's name: it is part of a DynamoDB key."""

MARK_DAYS_MAX: Final = 365
"""Maximum retention of the archive in days (MaxValue in template.yaml): marks must outlive it."""

MARK_SLACK_DAYS: Final = 28
"""Days a mark outlives the archive: a replayed event may wait in its queue for 14 days, SQS's
longest retention, and after a redrive from the dead-letter queue for 14 more."""

ITEM_BYTES_MAX: Final = 409_600
"""Bytes of one item (DynamoDB quota, 400 KB)."""

TRANSACT_ITEMS_MAX: Final = 100
"""Items of one TransactWriteItems call (DynamoDB quota)."""

TRANSACT_BYTES_MAX: Final = 4_000_000
"""Bytes of one TransactWriteItems call (DynamoDB quota, 4 MB)."""

BATCH_WRITE_ITEMS_MAX: Final = 25
"""Items of one BatchWriteItem call (DynamoDB quota)."""

BATCH_WRITE_ATTEMPTS_MAX: Final = 4
"""Calls for the items that BatchWriteItem left unprocessed."""

QUERY_ITEMS_MAX: Final = 1_000
"""Maximum items returned by one `UnitOfWork.query`."""

PARALLEL_HANDLERS_MAX: Final = 10
"""Handlers of one function that run at once: each may hold a connection to DynamoDB."""

TOGETHER_MAX: Final = 25
"""Handlers that run before their writes are committed: a batch may have 10,000 messages, and
handlers that have run must still be committed in time."""

SUSPECT_S: Final = 90
"""Visibility timeout in seconds for a redelivered message in a batch, set before it is handled:
longer than the 60 s of our templates, so that it does not return with the others."""

HANDLER_RERUNS_MAX: Final = 3
"""Reruns of a handler because an item that it read was changed meanwhile."""

COMMIT_ATTEMPTS_MAX: Final = 4
"""TransactWriteItems calls for one run of a handler under contention or throttling."""

PUBLISH_ATTEMPTS_MAX: Final = 4
"""PutEvents calls for one event in one invocation; afterwards its row waits for the sweep."""

BACKOFF_BASE_S: Final = 0.05
"""Seconds: upper end of the first jittered pause."""

BACKOFF_CAP_S: Final = 1.0
"""Seconds: upper end of any jittered pause."""

INVOCATION_RESERVE_S: Final = 1.0
"""Seconds kept free at the end of an invocation: no retry starts within them."""

OUTBOX_PARTITIONS: Final = 4
"""Partitions for the outbox rows of one table."""

ORDER_LOOKS_MAX: Final = 10
"""Reads for earlier events before one send; the sweep sends events further back."""

BATCH_GET_ITEMS_MAX: Final = 100
"""Items of one BatchGetItem call (DynamoDB quota)."""

BATCH_GET_ATTEMPTS_MAX: Final = 4
"""Calls for the keys that BatchGetItem left unprocessed: it returns at most 16 MB."""

SWEEP_AGE_S: Final = 60
"""Age in seconds from which the sweep sends a row."""

SWEEP_ROWS_MAX: Final = 1_000_000
"""Rows that one run of the sweep reads for each partition; its time ends earlier."""

SWEEP_CHUNK_ROWS_MAX: Final = 50
"""Rows that the sweep holds and sends at a time: full calls of PutEvents and of BatchWriteItem,
and at most 15 MB."""

SWEEP_REFUSED_CHUNKS_MAX: Final = 20
"""Consecutive chunks of one partition from which the bus accepts nothing, before the sweep leaves
the partition for this run."""

SWEEP_END_S: Final = 4.0
"""Seconds reserved at the end of a sweep: a PutEvents call without a response, then its report."""

CALL_NAME_CHARACTERS_MAX: Final = 128
"""Characters of an external call's name."""

CALL_ANSWER_BYTES_MAX: Final = 100_000
"""Bytes of an external call's result as JSON. It is part of one item of at most 400 KB, and each KB
costs a write unit."""

CALL_TIME_S_MIN: Final = 1.0
"""Seconds, beyond INVOCATION_RESERVE_S, that must be left to start an external call."""

CALL_NOTE_ATTEMPTS_MAX: Final = 4
"""UpdateItem calls to store an external call's result: a result that is lost repeats the call."""

LEASE_SLACK_S: Final = 1.0
"""Seconds that a lease outlasts its invocation: for clock differences between workers (milliseconds
with Amazon Time Sync) and for the time Lambda takes to end a process."""

VISIBILITY_S_MAX: Final = 43_200
"""Seconds that a message can be hidden, 12 h (SQS API reference, ChangeMessageVisibility)."""

STACK_FRAMES_MAX: Final = 30
"""Innermost stack frames in a log line."""

LOG_LINE_BYTES_MAX: Final = 256_000
"""Bytes of a log line: a longer one is cut. CloudWatch Logs accepts events of 1 MB, and accepted
256 KB until 2025 (API reference, PutLogEvents)."""

LOG_LINE_CHARACTERS_MAX: Final = 32_000
"""Characters of a line that is cut: as JSON a character has at most 7 bytes."""

LOG_TEXT_CHARACTERS_MAX: Final = 10_000
"""Characters of one string in a line that is cut: no value may displace the fields after it."""

LOG_DEPTH_MAX: Final = 20
"""Nested containers in a line that is cut."""

LOG_INTEGER_BITS_MAX: Final = 128
"""Bits of an integer in a line that is cut: a longer one becomes a string."""

REASON_CHARACTERS_MAX: Final = 1_024
"""Characters of a dead letter's reason."""

AWS_CONNECT_TIMEOUT_S: Final = 1
"""Seconds an AWS call waits for its connection."""

AWS_READ_TIMEOUT_S: Final = 2
"""Seconds an AWS call waits for its response: with all attempts it ends within a function's Timeout
of 10 seconds."""

AWS_CALL_ATTEMPTS_MAX: Final = 3
"""Attempts for one AWS call, including the first."""

PUBLISH_CONNECT_TIMEOUT_S: Final = 1
"""Seconds one PutEvents call waits for its connection. It has one attempt: `Bus` counts its own,
see PUBLISH_ATTEMPTS_MAX."""

PUBLISH_READ_TIMEOUT_S: Final = 3
"""Seconds one PutEvents call waits for its response."""

TRACE_NAME_CHARACTERS_MAX: Final = 200
"""Characters of a subsegment's name (X-Ray guide, segment documents)."""

TRACE_ANNOTATION_CHARACTERS_MAX: Final = 1_000
"""Characters of an annotation's string (X-Ray guide, segment documents)."""

TRACE_LINKS_MAX: Final = 20
"""Traces one segment can be linked to (X-Ray guide, tracing event-driven applications)."""

TRACE_DOCUMENT_BYTES_MAX: Final = 64_000
"""Bytes of one document with its header: X-Ray accepts 64 KB, a UDP datagram a little less."""

METRIC_VALUES_MAX: Final = 100
"""Values of one metric in one line (CloudWatch, embedded metric format)."""
