"""Follows accepted orders until each has reached its end, within bounds."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from shop.books import Books
from shop.placing import Placing
from trunklab import effects

LOOK_EVERY_S: Final = 0.2
"""Seconds between two looks at the table."""

ORDERS_PER_LOOK_MAX: Final = 1_000
"""Orders looked up at once, the oldest first: ten calls."""

_QUIET_S: Final = 2.0
"""Seconds without any order reaching its end, after which dead letters are looked at."""

_MARGIN_S: Final = 30.0
"""Seconds granted on top of the longest that a queue keeps trying a message."""

_ENDS: Final = frozenset({"PAID", "DECLINED"})


class Watch:
    """What is known of the orders while they are on their way; the books have the last word."""

    def __init__(self, placing: Placing, books: Books) -> None:
        self.ended = 0
        self.first_end_at: datetime | None = None
        self.last_end_at: datetime | None = None
        self._placing = placing
        self._books = books
        self._answers_seen = 0
        self._open: dict[str, None] = {}
        self._moved_s = effects.monotonic()

    def follow(self, report: Callable[[], None], check_alive: Callable[[], None]) -> None:
        """Look until nothing is left to wait for, or nothing moves any more.

        `check_alive` raises when what is looked at has ended; without it a look would only tell
        after all its retries, and in nobody's words.
        """
        patience_s = self._books.queues.retry_s_max + _MARGIN_S
        checked_s = effects.monotonic()
        while True:
            all_answered = self._placing.is_done
            check_alive()
            self._look()
            report()
            now_s = effects.monotonic()
            if all_answered and (not self._open or now_s - self._moved_s > patience_s):
                return
            if all_answered and now_s - max(checked_s, self._moved_s) > _QUIET_S:
                self._set_dead_aside()
                checked_s = now_s
            effects.sleep(LOOK_EVERY_S)

    def _look(self) -> None:
        answers = self._placing.answers[self._answers_seen :]
        self._answers_seen += len(answers)
        self._open |= {answer.order_id: None for answer in answers if answer.order_id}
        if answers:
            self._moved_s = effects.monotonic()
        looked_at = list(self._open)[:ORDERS_PER_LOOK_MAX]
        statuses = self._books.statuses(looked_at)
        ended = [order_id for order_id in looked_at if statuses.get(order_id) in _ENDS]
        for order_id in ended:
            del self._open[order_id]
        if ended:
            self.ended += len(ended)
            self._moved_s = effects.monotonic()
            self.last_end_at = effects.now()
            self.first_end_at = self.first_end_at or self.last_end_at
            self._placing.first_is_done()

    def _set_dead_aside(self) -> None:
        for letter in self._books.queues.dead_letters():
            if letter.subject is not None:
                self._open.pop(letter.subject, None)
