"""Errors of consumers and producers, and whether they are retried.

TrunklineError
├── ConfigurationError          the function's settings or wiring are wrong: no event is handled
├── PermanentError              the event can never succeed: dead-lettered now, with its reason
│   ├── InvalidEventError       the event breaks the envelope or its contract
│   ├── UnknownEventError       the rule matched an event without a declared handler
│   └── CommitTooLargeError     the unit of work exceeds the limits of one transaction
├── RetryableError              this attempt failed: the event is redelivered
│   ├── ConflictError           the items changed during every run of the handler
│   ├── CommitError             DynamoDB did not accept the transaction
│   ├── OutOfTimeError          the invocation has no time left for this event
│   └── UnderLeaseError         another delivery is making this external call
└── KeyReusedError              an idempotency key was reused for another request

Any exception outside this tree is retryable: an unknown failure is retried, never ignored.
"""


class TrunklineError(Exception):
    """Root of all errors of this library."""


class ConfigurationError(TrunklineError):
    """The function's settings or its wiring are wrong; no event is handled."""


class PermanentError(TrunklineError):
    """The event can never succeed: it goes to the dead-letter queue now.

    A handler raises it with a reason, which becomes a message attribute and must not contain
    personal data.
    """

    @property
    def reason(self) -> str:
        """The reason that is stored with the dead letter."""
        return str(self)


class InvalidEventError(PermanentError):
    """The event breaks the envelope or its contract.

    `faults` has every fault as `<field>: <problem>`, without the value.
    """

    def __init__(self, what: str, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{what}: {'; '.join(faults)}")


class UnknownEventError(PermanentError):
    """The rule matched an event for which this function declares no handler."""

    def __init__(self, source: str, detail_type: str) -> None:
        super().__init__(
            f"no handler for {detail_type} of {source}: "
            "declare one with @app.on(...) or narrow the rule in the template"
        )


class CommitTooLargeError(PermanentError):
    """The unit of work exceeds the limits of one transaction."""


class RetryableError(TrunklineError):
    """This attempt failed; the event stays in its queue and is redelivered."""


class ConflictError(RetryableError):
    """The items that a handler read were changed by others during each of its runs."""


class CommitError(RetryableError):
    """DynamoDB did not accept the transaction for a temporary reason."""


class OutOfTimeError(RetryableError):
    """The invocation has not enough time left to handle this event."""


class UnderLeaseError(RetryableError):
    """Another delivery is making this external call.

    `left_s` is the rest of its lease in seconds: the event is redelivered after that.
    """

    def __init__(self, name: str, left_s: float) -> None:
        self.left_s = left_s
        super().__init__(
            f"another delivery is making the call {name!r} for at most {left_s:.1f} s more: "
            "the event is redelivered after that"
        )


class KeyReusedError(TrunklineError):
    """An idempotency key was reused for another request."""
