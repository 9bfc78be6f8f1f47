"""Bugs that the self-test plants in a copy of the runtime library, one by one."""

from dataclasses import dataclass
from typing import Final

from trunklab.prove.point import When


@dataclass(frozen=True)
class Bug:
    """One text replacement in a file of `shared/trunkline`, and what must find it."""

    name: str
    file: str
    old: str
    """Is in the file exactly once."""
    new: str
    handler: str
    """Its full name: `service.handler`."""
    run: str
    strike: When
    services: str = "services"
    """The folder of the handler's service, from the root of the repository."""


BUGS: Final = (
    Bug(
        "no answer to PutEvents taken for success",
        "bus.py",
        """        except AwsError as error:
            return _all(call, error.code, Fate.AGAIN)
""",
        """        except AwsError:
            accepted += [(row, "unknown") for row in call]
            return []
""",
        "payments.decide-payment",
        "one message",
        When.CUT_BEFORE,
    ),
    Bug(
        "conflict inside a batch taken for a duplicate",
        "commit.py",
        "                    if member.is_duplicate(indexes):\n",
        "                    if indexes:\n",
        "orders.follow-captured",
        "a change within a batch",
        When.CHANGED,
    ),
    Bug(
        "mark never written",
        "prepared.py",
        "            actions.append(action(cause.mark_key, Put(mark), ABSENT, version))\n",
        "            del mark\n",
        "orders.follow-captured",
        "one message",
        When.AFTER,
    ),
    Bug(
        "condition of the mark removed",
        "prepared.py",
        "Put(mark), ABSENT, version",
        "Put(mark), None, version",
        "orders.follow-captured",
        "one message",
        When.AFTER,
    ),
    Bug(
        "outbox row not written",
        "prepared.py",
        "[action(row.key, Put(row.item()), None, version) for row in rows]",
        "[]",
        "payments.decide-payment",
        "one message",
        When.BEFORE,
    ),
    Bug(
        "outbox row deleted before its event is published",
        "relay.py",
        "        outcome = Outcome()\n",
        "        self.delete([row.key for row in rows])\n        outcome = Outcome()\n",
        "payments.decide-payment",
        "one message",
        When.BEFORE,
    ),
    Bug(
        "failed entries of PutEvents ignored",
        "bus.py",
        'if event_id := entry.get("EventId"):',
        'if event_id := entry.get("EventId", "none"):',
        "payments.decide-payment",
        "one message",
        When.THROTTLED,
    ),
    Bug(
        "random ids of emitted events",
        "emitted.py",
        'event_id=unit.identity.derive("event", index),',
        'event_id=str(__import__("uuid").uuid4()),',
        "payments.decide-payment",
        "one message",
        When.AFTER,
    ),
    Bug(
        "condition of the optimistic lock dropped",
        "writes.py",
        "    if seen is None:\n",
        "    if seen != ABSENT:\n",
        "orders.follow-captured",
        "a change meanwhile",
        When.CHANGED,
    ),
    Bug(
        "failure reported without a read of the mark",
        "delivery.py",
        "                if self._runtime.committer.mark(handling.cause) is None:\n",
        "                if handling.cause:\n",
        "sound.reserve-number",
        "event",
        When.AFTER,
        "tests/integration/prove/stacks",
    ),
    Bug(
        "once without its record",
        "calls.py",
        "        known = self._claim(lease, deadline)\n",
        "        known = None\n",
        "notifications.tell-customer",
        "a provider without keys",
        When.BEFORE,
    ),
    Bug(
        "partial batch response always empty",
        "entry.py",
        "        again = [message for message in self.messages if message in reported]\n",
        "        again = [message for message in reported if message not in self.messages]\n",
        "payments.decide-payment",
        "one message",
        When.REFUSED,
    ),
    Bug(
        "sweep deletes rows that it could not send",
        "drain.py",
        "        self.published += len(sent.accepted)\n",
        "        self.published += len(sent.accepted)\n"
        "        self._runtime.relay.delete([row.key for row in rows])\n",
        "payments.SweepFunction",
        "sweep",
        When.THROTTLED,
    ),
    Bug(
        "throttled call taken for success",
        "aws.py",
        "                passes = not isinstance(error, AwsRefusedError) or error.may_pass\n",
        """                if isinstance(error, AwsRefusedError) and error.is_throttle:
                    return Reply({}, "", attempt)
                passes = not isinstance(error, AwsRefusedError) or error.may_pass
""",
        "orders.follow-captured",
        "one message",
        When.THROTTLED,
    ),
    Bug(
        "throttled transaction taken for success",
        "commit.py",
        "            except Contention as error:\n",
        "            except Contention as error:\n                return\n",
        "payments.decide-payment",
        "one message",
        When.THROTTLED,
    ),
    Bug(
        "no answer to TransactWriteItems taken for success",
        "table.py",
        "        except AwsRefusedError as error:\n",
        """        except Exception as error:
            if not isinstance(error, AwsRefusedError):
                return
""",
        "payments.decide-payment",
        "one message",
        When.CUT_BEFORE,
    ),
    Bug(
        "dead letter that SQS refused taken for sent",
        "dead_letters.py",
        "        self._client().send_message(\n",
        "        with suppress(Exception): self._client().send_message(\n",
        "payments.decide-payment",
        "a broken message",
        When.REFUSED,
    ),
)
