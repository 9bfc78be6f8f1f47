"""A provider outside AWS, as functions see it: it may know idempotency keys, or not."""

import hashlib
import json
import threading
from typing import Any

from trunklab.testing.wire import Call, Reply


class Outside:
    """Answers every request and counts what it did; a key that came before has no new effect.

    Unless it does not keep keys: then every request has an effect.
    """

    def __init__(self, *, keeps_keys: bool = True) -> None:
        self.asked = 0
        self._keeps_keys = keeps_keys
        self._effects: list[dict[str, Any]] = []
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    @property
    def effects(self) -> list[dict[str, Any]]:
        """What was done: the request, and the key that it came with."""
        with self._lock:
            return list(self._effects)

    def __call__(self, call: Call) -> Reply:
        """Do what is asked, once for each key; without a key each time."""
        headers = {name.lower(): value for name, value in call.headers.items()}
        key = headers.get("idempotency-key", "")
        with self._lock:
            self.asked += 1
            if not key or not self._keeps_keys or key not in self._keys:
                self._effects.append({"request": call.operation, "key": key, "body": call.body})
            self._keys.add(key)
        # Who asks again with the same key is told the same.
        name = hashlib.sha256(key.encode() or str(self.asked).encode()).hexdigest()[:12]
        return Reply(200, json.dumps({"id": name}).encode())
