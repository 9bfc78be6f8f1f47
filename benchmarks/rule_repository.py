"""Makes a repository of many services, rules and contracts, for the checks to read."""

import json
from pathlib import Path
from random import Random
from typing import Any, Final

RULES_OF_A_SERVICE: Final = 10
CONTRACTS_OF_A_SOURCE: Final = 4

COUNTRIES: Final = ("DE", "FR", "CH", "AT", "IT")
METHODS: Final = ("card", "invoice", "debit")

_RULE: Final = """\
  Rule{n}:
    Type: AWS::Events::Rule
    Properties:
      Name: !Sub ${{AWS::StackName}}-{n}
      EventBusName: !Ref BusName
      EventPattern:
{pattern}
      Targets: [{{Id: queue, Arn: !GetAtt Queue{n}.Arn}}]
  Queue{n}: {{Type: AWS::SQS::Queue}}
  Function{n}:
    Type: AWS::Serverless::Function
    Properties:
      Handler: handlers.take{n}
      CodeUri: src
      Events: {{Queue: {{Type: SQS, Properties: {{Queue: !GetAtt Queue{n}.Arn}}}}}}
"""
_HANDLER: Final = """
app{n} = Consumer()
take{n} = app{n}.handler


@app{n}.on({contract}, name="take-{n}")
def on_{n}(event: {contract}) -> None:
    return None
"""


def write(root: Path, rules: int, contracts: int, seed: int) -> None:
    """Write the repository; every rule is healthy and takes one contract."""
    random = Random(seed)  # noqa: S311 - benchmarks are repeatable
    names = [_contract(root, number) for number in range(contracts)]
    for first in range(0, rules, RULES_OF_A_SERVICE):
        numbers = range(first, min(first + RULES_OF_A_SERVICE, rules))
        _service(root / "services" / f"s{first}", [names[n % contracts] for n in numbers], random)


def _contract(root: Path, number: int) -> tuple[str, str, str]:
    domain, detail_type = f"d{number // CONTRACTS_OF_A_SOURCE}", f"Happened{number}"
    document = _document(f"shop.{domain}", detail_type)
    path = root / "schemas" / domain / f"{detail_type}.schema.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2), "utf-8")
    return f"shop.{domain}", domain, detail_type


def _service(folder: Path, names: list[tuple[str, str, str]], random: Random) -> None:
    (folder / "src").mkdir(parents=True, exist_ok=True)
    parts = ["Parameters:\n  BusName: {Type: String, Default: bus}\nResources:\n"]
    code = ["from trunkline import Consumer\n"]
    for n, (source, domain, detail_type) in enumerate(names):
        lines = _pattern(source, detail_type, random)
        parts.append(_RULE.format(n=n, pattern="\n".join(f"        {line}" for line in lines)))
        code.insert(0, f"from schemas.{domain} import {detail_type}\n")
        code.append(_HANDLER.format(n=n, contract=detail_type))
    (folder / "template.yaml").write_text("".join(parts), "utf-8")
    (folder / "src" / "handlers.py").write_text("".join(code), "utf-8")


def _pattern(source: str, detail_type: str, random: Random) -> list[str]:
    countries = ", ".join(random.sample(COUNTRIES, 2))
    tests = [
        f"country: [{countries}]",
        f"method: [{{anything-but: {random.choice(METHODS)}}}]",
        f"amount: [{{numeric: ['>=', {random.randrange(1, 5_000)}]}}]",
        f"order_id: [{{prefix: {random.choice('ABCDEF')}}}]",
        "note: [{exists: false}, {suffix: '!'}]",
        f"lines: {{quantity: [{{numeric: ['<', {random.randrange(2, 90)}]}}]}}",
    ]
    chosen = random.sample(tests, random.randrange(1, 4))
    kind = [f"source: [{source}]", f"detail-type: [{detail_type}]"]
    return [*kind, "detail:", "  data:", *(f"    {test}" for test in chosen)]


def _document(source: str, detail_type: str) -> dict[str, Any]:
    line = {
        "type": "object",
        "properties": {
            "sku": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
            "quantity": {"type": "integer", "minimum": 1, "maximum": 99},
        },
        "required": ["sku", "quantity"],
    }
    properties: dict[str, Any] = {
        "order_id": {"type": "string", "minLength": 1, "maxLength": 36, "pattern": "^[A-Z0-9-]+$"},
        "country": {"type": "string", "enum": list(COUNTRIES)},
        "method": {"type": "string", "enum": list(METHODS)},
        "amount": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        "at": {"type": "string", "format": "date-time"},
        "note": {"anyOf": [{"type": "string", "maxLength": 200}, {"type": "null"}]},
        "lines": {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": {"$ref": "#/$defs/Line"},
        },
    }
    example = {
        "order_id": "A-1001",
        "country": "DE",
        "method": "card",
        "amount": 4_990,
        "at": "2026-01-14T09:30:00Z",
        "note": None,
        "lines": [{"sku": "LA-0001", "quantity": 2}],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{source}@{detail_type}",
        "title": detail_type,
        "x-owner": "team",
        "x-source": source,
        "x-detail-type": detail_type,
        "x-subject": "order_id",
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name != "note"],
        "examples": [example],
        "$defs": {"Line": line},
    }
