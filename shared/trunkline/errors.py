"""What can go wrong in a consumer or producer, and whether it is tried again.

TrunklineError
├── ConfigurationError          the function's settings or wiring are wrong: nothing can run
├── PermanentError              this event can never succeed: dead-lettered now, with its reason
│   ├── InvalidEventError       the event breaks the envelope or its contract
│   ├── UnknownEventError       the rule let through an event that no handler is declared for
│   └── CommitTooLargeError     the unit of work is larger than one transaction may be
├── RetryableError              this attempt failed: the event is delivered again
│   ├── ConflictError           the items changed under every run of the handler
│   ├── CommitError             DynamoDB did not accept the transaction
│   ├── OutOfTimeError          the invocation has no time left for this event
│   └── UnderLeaseError         another delivery is making this external call right now
└── KeyReusedError              another request came with an idempotency key that is taken

Any exception outside this tree counts as retryable: an unknown failure is tried again and never
passed over in silence.
"""


class TrunklineError(Exception):
    """Root of everything this library raises."""


class ConfigurationError(TrunklineError):
    """The function's settings or its wiring are wrong; no event is touched."""


class PermanentError(TrunklineError):
    """This event can never succeed: it goes to the dead-letter queue now.

    A handler raises it with the reason as text; the reason becomes a message attribute, so it
    must not hold personal data.
    """

    @property
    def reason(self) -> str:
        """The text that is kept with the dead letter."""
        return str(self)


class InvalidEventError(PermanentError):
    """The event breaks the envelope or its contract.

    `faults` names every fault as `<field>: <problem>`, never the offending value.
    """

    def __init__(self, what: str, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{what}: {'; '.join(faults)}")


class UnknownEventError(PermanentError):
    """The rule let through an event that no handler of this function is declared for."""

    def __init__(self, source: str, detail_type: str) -> None:
        super().__init__(
            f"no handler for {detail_type} of {source}: "
            "declare one with @app.on(...) or narrow the rule in the template"
        )


class CommitTooLargeError(PermanentError):
    """The unit of work is larger than one transaction may be."""


class RetryableError(TrunklineError):
    """This attempt failed; the event stays in its queue and is delivered again."""


class ConflictError(RetryableError):
    """The items a handler read were changed by others under every one of its runs."""


class CommitError(RetryableError):
    """DynamoDB did not accept the transaction for a reason that may pass."""


class OutOfTimeError(RetryableError):
    """The invocation has no time left in which this event could be handled to its end."""


class UnderLeaseError(RetryableError):
    """Another delivery is making this external call right now.

    `left_s` is how many seconds its lease may still last: the event comes back after that.
    """

    def __init__(self, name: str, left_s: float) -> None:
        self.left_s = left_s
        super().__init__(
            f"the call {name!r} is under way in another delivery for at most {left_s:.1f} s: "
            "the event comes back after that"
        )


class KeyReusedError(TrunklineError):
    """An idempotency key that is taken came with another request than the first time."""
