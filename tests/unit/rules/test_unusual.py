"""Rules that are right but unusual bring no finding, and wrong ones beside them exactly theirs."""

import json
import shutil
from pathlib import Path

import pytest

from tests.contract.test_wrong_cases import HEALTHY
from trunklab import cli

ORDER = "source: [shop.orders], detail-type: [OrderCancelled]"
STOCK = "detail: {data: {reason: [stock]}}"
FRAUD = "detail: {data: {reason: [fraud]}}"


def found(
    folder: Path, capsys: pytest.CaptureFixture[str], *patterns: str, properties: str = ""
) -> list[str]:
    """The ids of the findings about rules for one queue of a function that is no Consumer."""
    root = Path(shutil.copytree(HEALTHY, folder / "twin"))
    rules = "".join(
        f"""
  R{number}:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {pattern}
      Targets: [{{Id: q, Arn: !GetAtt F.Arn}}]
      {properties if number else "EventBusName: shop-local"}"""
        for number, pattern in enumerate(patterns)
    )
    function = "\n  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b}}"
    (root / "services" / "new").mkdir()
    (root / "services" / "new" / "template.yaml").write_text(f"Resources:{rules}{function}")
    cli.main(["rules", "lint", "--root", str(root), "--json"])
    return [one["id"] for one in json.loads(capsys.readouterr().out)["findings"]]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{source: [aws.s3], detail: {bucket: {name: [a]}}}", ["foreign-source"]),
        ("{source: [{prefix: aws.}], detail-type: [Object Created]}", ["foreign-source"]),
        ("{source: [{prefix: {equals-ignore-case: AWS.}}]}", ["foreign-source"]),
        ("{source: [{equals-ignore-case: AWS.S3}]}", ["foreign-source"]),
        ("{source: [{wildcard: 'aws.partner/*'}]}", ["foreign-source", "newer-bus"]),
        ("{source: [aws.s3, shop.orders], detail: {bucket: {name: [a]}}}", ["foreign-source"]),
        ("{source: [aws.s3, shop.orders], detail-type: [A, OrderCancelled]}", ["foreign-source"]),
        (
            f"{{$or: [{{source: [aws.s3], detail: {{b: [a]}}}}, {{{ORDER}, {STOCK}}}]}}",
            ["foreign-source"],
        ),
        (
            "{$or: [{source: [aws.s3]}, {source: [shop.orders], detail-type: [Gone]}]}",
            ["foreign-source", "unknown-detail-type"],
        ),
        ("{source: [awsome.shop]}", ["unknown-source"]),
        ("{source: [{suffix: aws.}]}", ["unknown-source"]),
        ("{detail-type: [AWS API Call via CloudTrail]}", ["unknown-detail-type"]),
        ("{detail: {data: {reason: [stock]}}}", []),
        ("{source: [{anything-but: shop.billing}], detail: {data: {reason: [stock]}}}", []),
        (f"{{{ORDER}, replay-name: [{{exists: false}}]}}", []),
        (f"{{{ORDER}, resources: [{{prefix: 'arn:aws:s3'}}], account: ['111122223333']}}", []),
    ],
)
def test_a_pattern_brings_exactly_its_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pattern: str, expected: list[str]
) -> None:
    """AWS's own events have no contract; a field of some contracts alone names none of the rest."""
    assert found(tmp_path, capsys, pattern) == expected


def test_every_event_of_aws_comes_to_the_default_bus(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule there that names no source may be for them."""
    own = f"{{{ORDER}, {STOCK}}}"
    other = "{detail-type: [AWS API Call via CloudTrail], detail: {userIdentity: {type: [Root]}}}"

    assert found(tmp_path, capsys, own, other) == []


@pytest.mark.parametrize(
    ("other", "properties", "expected"),
    [
        (f"{{{ORDER}, {STOCK}}}", "EventBusName: shop-local", ["rules-overlap"]),
        (f"{{{ORDER}, {STOCK}}}", "EventBusName: elsewhere", ["wrong-bus"]),
        (f"{{{ORDER}, {STOCK}}}", "EventBusName: shop-local\n      State: DISABLED", []),
        (f"{{{ORDER}, {FRAUD}}}", "EventBusName: shop-local", []),
    ],
)
def test_only_rules_of_one_bus_take_one_event(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    other: str,
    properties: str,
    expected: list[str],
) -> None:
    """And only those that are enabled."""
    own = f"{{{ORDER}, {STOCK}}}"

    assert found(tmp_path, capsys, own, other, properties=properties) == expected


def of_size(size_bytes: int) -> str:
    """A pattern of so many bytes; one of its characters has two."""
    head = (
        '{"source":["shop.orders"],"detail-type":["OrderCancelled"],"detail":{"data":{"reason":["'
    )
    tail = '"]}}}'
    return f"'{head}é{'x' * (size_bytes - len(head) - len(tail) - 2)}{tail}'"


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [
        (2_049, []),
        (2_050, ["pattern-size"]),
        (4_096, ["pattern-size"]),
        (4_097, ["newer-bus", "pattern-size"]),
    ],
)
def test_a_pattern_may_be_as_large_as_its_bound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], size_bytes: int, expected: list[str]
) -> None:
    """The quota counts characters, the newer bus bytes; what is exactly as large still fits."""
    ids = found(tmp_path, capsys, of_size(size_bytes))

    assert sorted(one for one in ids if one in {"pattern-size", "newer-bus"}) == expected
