"""What a function needs to be told, and what it says when it was not."""

import pytest

from trunkline.errors import ConfigurationError
from trunkline.settings import Settings

PRODUCER = {
    "TRUNKLINE_SERVICE": "orders",
    "TRUNKLINE_SOURCE": "shop.orders",
    "TRUNKLINE_TABLE": "orders-table",
    "TRUNKLINE_BUS": "trunkline-local",
    "TRUNKLINE_MARK_DAYS": "30",
}
CONSUMER = PRODUCER | {
    "TRUNKLINE_DLQ_URL": "http://127.0.0.1/000000000000/dlq",
    "TRUNKLINE_RULE": "arn:aws:events:us-east-1:000000000000:rule/bus/rule",
}


def test_a_consumer_is_told_everything() -> None:
    """Each variable has its field."""
    settings = Settings.from_environment(consumes=True, environment=CONSUMER)

    assert settings == Settings(
        service="orders",
        source="shop.orders",
        table="orders-table",
        bus="trunkline-local",
        mark_days=30,
        dlq_url=CONSUMER["TRUNKLINE_DLQ_URL"],
        rule=CONSUMER["TRUNKLINE_RULE"],
    )


def test_a_producer_needs_no_queue() -> None:
    """What consumes nothing has no rule and no dead-letter queue."""
    settings = Settings.from_environment(consumes=False, environment=PRODUCER)

    assert (settings.dlq_url, settings.rule) == ("", "")


@pytest.mark.parametrize("days", ["1", "365"])
def test_marks_are_kept_for_up_to_a_year_of_archive(days: str) -> None:
    """Both bounds of the archive's retention are allowed."""
    environment = PRODUCER | {"TRUNKLINE_MARK_DAYS": days}

    settings = Settings.from_environment(consumes=False, environment=environment)

    assert settings.mark_days == int(days)


@pytest.mark.parametrize("missing", CONSUMER)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_missing_variable_is_named(missing: str, how: str) -> None:
    """The function does not start, and says which line of the template is missing."""
    environment = CONSUMER | {missing: ""}
    if how == "absent":
        del environment[missing]

    with pytest.raises(ConfigurationError, match=f"^{missing} is not set: .*template"):
        Settings.from_environment(consumes=True, environment=environment)


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "thirty", "1e3", " 30", "366", "9" * 40])
def test_days_that_are_none_are_refused(days: str) -> None:
    """A wrong number would otherwise show only when the first mark is written."""
    environment = CONSUMER | {"TRUNKLINE_MARK_DAYS": days}

    with pytest.raises(ConfigurationError, match="TRUNKLINE_MARK_DAYS is not a whole number"):
        Settings.from_environment(consumes=True, environment=environment)


def test_all_faults_are_named_at_once() -> None:
    """Who deploys a function mends its template once."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment(consumes=True, environment={"TRUNKLINE_MARK_DAYS": "soon"})

    assert all(name in str(caught.value) for name in CONSUMER)
