"""The seam of time, identity and chance."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.trunkline.events import NOON
from trunkline.bounds import BACKOFF_BASE_S, BACKOFF_CAP_S
from trunkline.effects import Effects, derived_id


def drawn(effects: Effects) -> list[object]:
    """What a run could ask of its effects."""
    effects.sleep_s(1.5)
    return [
        *(effects.backoff_s(attempt) for attempt in range(6)),
        effects.random_hex(24),
        effects.random_hex(1),
        effects.now(),
        effects.monotonic_s(),
    ]


def test_the_same_seed_gives_the_same_run() -> None:
    """A failure that a seed found can be seen again."""
    assert drawn(Effects.seeded(42, NOON)) == drawn(Effects.seeded(42, NOON))


def test_another_seed_gives_another_run() -> None:
    """Seeds explore."""
    assert drawn(Effects.seeded(42, NOON)) != drawn(Effects.seeded(43, NOON))


def test_seeded_time_moves_by_pauses_only() -> None:
    """Nothing waits, and both clocks agree on how long it would have been."""
    effects = Effects.seeded(1, NOON)

    effects.sleep_s(90.5)

    assert effects.now() == NOON + timedelta(seconds=90.5)
    assert effects.monotonic_s() == 90.5


@pytest.mark.parametrize("attempt", range(12))
def test_a_pause_is_jittered_between_zero_and_its_bound(attempt: int) -> None:
    """Full jitter: those that collided spread, and no pause is longer than the cap."""
    effects = Effects.seeded(attempt, NOON)
    bound = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2**attempt)

    pauses = [effects.backoff_s(attempt) for _ in range(50)]

    assert all(0 <= pause <= bound for pause in pauses)
    assert max(pauses) - min(pauses) > bound / 2


@pytest.mark.parametrize("digits", [1, 16, 24])
def test_hexadecimal_has_its_digits(digits: int) -> None:
    """Leading zeros are digits too."""
    effects = Effects.seeded(3, NOON)

    assert {len(effects.random_hex(digits)) for _ in range(200)} == {digits}


def test_real_time_is_utc() -> None:
    """Moments are compared across machines."""
    assert Effects.real().now().tzinfo is UTC
    assert isinstance(Effects.real().now(), datetime)


def test_a_derived_id_stays_what_it_is() -> None:
    """A redelivery after a deployment must emit the ids of the first delivery."""
    made = derived_id("payments", "decide-payment", "e-1", "event", "0")

    assert made == "0891ed1e-da03-500e-8892-f85babb24a52"


def test_derived_ids_differ_wherever_a_part_differs() -> None:
    """No two handlings share an id, however their parts are cut."""
    made = {
        derived_id("a", "b", "c"),
        derived_id("a", "c", "b"),
        derived_id("a", "b"),
        derived_id("a", "bc"),
        derived_id("ab", "c"),
        derived_id("a", "b\nc"),
        derived_id("a\nb", "c"),
        derived_id("a", "b", "c", ""),
    }

    assert len(made) == 8
