"""Tests which rules count as listening to an event."""

import pytest

from trunklab.observe.deployed_rules import Rule, Verdict, verdict

PATTERNS = [
    ('{"source": ["zoo.visits"], "detail-type": ["GateOpened"]}', Verdict.MATCHES),
    ('{"source": ["zoo.visits", "x"]}', Verdict.MATCHES),
    ('{"detail-type": ["GateOpened"]}', Verdict.MATCHES),
    ('{"source": ["zoo.tickets"], "detail-type": ["GateOpened"]}', Verdict.NO),
    ('{"source": ["zoo.visits"], "detail-type": ["GateOpened.v2"]}', Verdict.NO),
    ('{"source": ["other"], "detail": {"data": {"a": [1]}}}', Verdict.NO),
    (
        '{"source": ["zoo.visits"], "detail": {"data": {"ticket": {"method": ["cash"]}}}}',
        Verdict.DEPENDS_ON_CONTENT,
    ),
    ('{"source": [{"prefix": "zoo."}]}', Verdict.MATCHES),
    ('{"source": ["x", {"prefix": "zoo."}]}', Verdict.MATCHES),
    ('{"source": ["x", "y", "z", {"suffix": ".visits"}]}', Verdict.MATCHES),
    ('{"source": [{"anything-but": {"prefix": "zoo."}}]}', Verdict.NO),
    ('{"source": [{"exists": false}]}', Verdict.NO),
    ('{"source": {"x": ["y"]}}', Verdict.NO),
    ('{"source": {"x": [{"exists": false}]}}', Verdict.MATCHES),
    ('{"$or": [{"source": ["x"]}, {"detail-type": [{"suffix": "Opened"}]}]}', Verdict.MATCHES),
    ('{"$or": [{"source": ["x"]}, {"detail": {"a": [1]}}]}', Verdict.DEPENDS_ON_CONTENT),
    ('{"$or": [{"source": ["x"]}, {"source": ["y"]}]}', Verdict.NO),
    ('{"$or": [{"detail": {"a": [1]}}, {"source": ["zoo.visits"]}]}', Verdict.MATCHES),
    ('{"detail": {"a": [1]}, "source": ["other"]}', Verdict.NO),
    ('{"$or": [{"source": ["x"]}]}', Verdict.DEPENDS_ON_CONTENT),
    ('{"source": "zoo.visits"}', Verdict.DEPENDS_ON_CONTENT),
    ("[]", Verdict.DEPENDS_ON_CONTENT),
    ("{broken", Verdict.DEPENDS_ON_CONTENT),
]


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS)
def test_source_and_detail_type_decide_as_far_as_they_can(pattern: str, expected: Verdict) -> None:
    """What source and detail type leave open is never answered with no."""
    rule = Rule(arn="arn", name="rule", pattern=pattern)

    assert verdict(rule, "zoo.visits", "GateOpened") is expected
