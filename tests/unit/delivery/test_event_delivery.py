"""Targets other than queues, loops of buses, schedules, and targets that fail."""

import pytest

from tests.unit.delivery.neighbours import ACCOUNT, OPEN, QUEUE, REGION, World
from trunklab.local.delivery.steps import ApiError, RentedCall

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
DEFAULT_BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"


def test_a_bus_that_forwards_to_itself_ends() -> None:
    """An event passes a bounded number of buses."""
    world = World(Arn=DEFAULT_BUS)
    world.call("PutTargets", Rule="r", Targets=[{"Id": "2", "Arn": QUEUE}])

    world.put()

    assert len(world.bodies()) == 11


def test_a_topic_that_throttles_is_published_to_again() -> None:
    """The answer of a rented service decides about a retry."""
    world = World(Arn=TOPIC)

    world.put()
    first = world.context.outputs.pop()
    assert isinstance(first, RentedCall)
    throttled = ApiError("ThrottledException", "slow down", 429)
    world.context.rented_answered(first.request_id, throttled, world.now)
    world.run()

    second = world.context.outputs.pop()
    assert isinstance(second, RentedCall)
    assert second.parameters == first.parameters


def test_a_dead_target_does_not_delay_another() -> None:
    """Each delivery has its own due time."""
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    world = World(Arn=QUEUE)
    world.neighbours.policies[function] = OPEN
    world.neighbours.errors[QUEUE] = ApiError("InternalFailure", "down", 500)
    world.call("PutTargets", Rule="r", Targets=[{"Id": "2", "Arn": function}])

    world.put()
    world.put()

    assert len(world.bodies(function)) == 2


def test_a_disabled_rule_does_not_match() -> None:
    """Until it is enabled."""
    world = World(Arn=QUEUE)

    world.call("DisableRule", Name="r")
    world.put()
    assert not world.bodies()
    world.call("EnableRule", Name="r")
    world.put()

    assert len(world.bodies()) == 1


def test_a_rate_fires_until_its_rule_is_disabled() -> None:
    """Only the rule's own targets receive the event."""
    world = World(Arn=QUEUE)
    world.call("PutRule", Name="r", ScheduleExpression="rate(1 minute)")

    for _ in range(2):
        world.now += 60
        world.context.run_due(world.now)
    world.call("DisableRule", Name="r")

    assert len(world.bodies()) == 2
    assert world.context.next_due() is None


def test_an_unsupported_target_is_refused_by_its_arn() -> None:
    """At deployment, not when the first event comes."""
    with pytest.raises(ApiError, match="delivery to firehose is not there yet"):
        World(Arn="arn:aws:firehose:eu-west-1:123456789012:deliverystream/d")
