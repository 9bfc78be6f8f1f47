"""Bugs that the self-test plants in a copy of the runtime library, one by one."""

from dataclasses import dataclass, replace
from typing import Any, Final

import yaml

from trunklab import settings
from trunklab.prove.point import When

_HANDLERS: Final = settings.REPOSITORY / "services" / "planted.yaml"


@dataclass(frozen=True)
class Bug:
    """One text replacement in a file of `shared/trunkline`, and what must find it."""

    name: str
    file: str
    old: str
    """Is in the file exactly once."""
    new: str
    strike: When
    handler: str = ""
    """Its full name: `service.handler`."""
    run: str = ""
    services: str = "services"
    """The folder of the handler's service, from the root of the repository."""


_BUGS: Final = (
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
        When.CUT_BEFORE,
    ),
    Bug(
        "conflict inside a batch taken for a duplicate",
        "commit.py",
        "                    if member.is_duplicate(indexes):\n",
        "                    if indexes:\n",
        When.CHANGED,
    ),
    Bug(
        "mark never written",
        "prepared.py",
        "            actions.append(action(cause.mark_key, Put(mark), ABSENT, version))\n",
        "            del mark\n",
        When.AFTER,
    ),
    Bug(
        "condition of the mark removed",
        "prepared.py",
        "Put(mark), ABSENT, version",
        "Put(mark), None, version",
        When.AFTER,
    ),
    Bug(
        "outbox row not written",
        "prepared.py",
        "[action(row.key, Put(row.item()), None, version) for row in rows]",
        "[]",
        When.BEFORE,
    ),
    Bug(
        "outbox row deleted before its event is published",
        "relay.py",
        "        outcome = Outcome()\n",
        "        self.delete([row.key for row in rows])\n        outcome = Outcome()\n",
        When.BEFORE,
    ),
    Bug(
        "failed entries of PutEvents ignored",
        "bus.py",
        'if event_id := entry.get("EventId"):',
        'if event_id := entry.get("EventId", "none"):',
        When.THROTTLED,
    ),
    Bug(
        "random ids of emitted events",
        "emitted.py",
        'event_id=unit.identity.derive("event", index),',
        'event_id=str(__import__("uuid").uuid4()),',
        When.AFTER,
    ),
    Bug(
        "condition of the optimistic lock dropped",
        "writes.py",
        "    if seen is None:\n",
        "    if seen != ABSENT:\n",
        When.CHANGED,
    ),
    Bug(
        "failure reported without a read of the mark",
        "delivery.py",
        "                if self._runtime.committer.mark(handling.cause) is None:\n",
        "                if handling.cause:\n",
        When.AFTER,
    ),
    Bug(
        "once without its record",
        "calls.py",
        "        known = self._claim(lease, deadline)\n",
        "        known = None\n",
        When.BEFORE,
    ),
    Bug(
        "partial batch response always empty",
        "entry.py",
        "        again = [message for message in self.messages if message in reported]\n",
        "        again = [message for message in reported if message not in self.messages]\n",
        When.REFUSED,
    ),
    Bug(
        "sweep deletes rows that it could not send",
        "drain.py",
        "        self.published += len(sent.accepted)\n",
        "        self.published += len(sent.accepted)\n"
        "        self._runtime.relay.delete([row.key for row in rows])\n",
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
        When.THROTTLED,
    ),
    Bug(
        "throttled transaction taken for success",
        "commit.py",
        "            except Contention as error:\n",
        "            except Contention as error:\n                return\n",
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
        When.CUT_BEFORE,
    ),
    Bug(
        "dead letter that SQS refused taken for sent",
        "dead_letters.py",
        "        self._client().send_message(\n",
        "        with suppress(Exception): self._client().send_message(\n",
        When.REFUSED,
    ),
)


def _with_handlers(bugs: tuple[Bug, ...]) -> tuple[Bug, ...]:
    handlers: dict[str, dict[str, Any]] = yaml.safe_load(_HANDLERS.read_text("utf-8"))
    return tuple(replace(bug, **handlers[bug.name]) for bug in bugs)


BUGS: Final = _with_handlers(_BUGS)
