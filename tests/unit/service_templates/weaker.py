"""Compares what two forms of a service's template deploy, and names what the new one lost."""

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final

from tests.unit.service_templates.plain_body import BUS_ARN, PlainBody
from tests.unit.service_templates.stack import Json, listed, target_of
from trunklab import settings
from trunklab.local.deploy import sam_translation
from trunklab.templates.template_file import load

BEFORE: Final = settings.REPOSITORY / "tests" / "fixtures" / "before_nesting"

_RENAMED: Final = {
    r'"SweepFunction': '"OutboxSweepFunction',
    r'"SweepRole"': '"OutboxSweepRole"',
    r'"OutboxAlarm"': '"OutboxOldestRowAlarm"',
    r'"((?!Key)\w+Schema)"': r'"Contracts\1"',
    re.escape('{"Ref": "BusArn"}'): json.dumps(BUS_ARN),
}
_OTHERWISE: Final = frozenset(
    {"AlarmDescription", "Description", "description", "CodeUri", "Policies", "ManagedPolicyArns"}
)
"""Properties that may differ: words for people, and policies, which are compared by statement."""

_BY_DESIGN: Final = frozenset(
    {"OutboxSweepFunction.Handler", "OutboxSweepFunctionEveryMinute.Name"}
)
_POLICIES: Final = frozenset({"AWS::IAM::ManagedPolicy", "AWS::SQS::QueuePolicy"})

Right = tuple[str, ...]


def before(service: str) -> Json:
    """Returns the translated template from before nesting, with the ids of today."""
    text = json.dumps(load(BEFORE / f"{service}.yaml").body)
    for old, new in _RENAMED.items():
        text = re.sub(old, new, text)
    return _translated(json.loads(text))


def now(service: str) -> Json:
    """Returns the translated flat template of today."""
    return _translated(load(settings.REPOSITORY / "services" / service / "template.yaml").body)


def weaknesses(old: Json, new: Json) -> Iterator[str]:
    """Yields each resource, attribute or statement in which the new form is weaker."""
    for name, resource in old["Resources"].items():
        if resource["Type"] in _POLICIES:
            continue
        if new["Resources"].get(name, {}).get("Type") != resource["Type"]:
            yield f"{name} is gone"
            continue
        yield from _lost(name, _attributes(resource), _attributes(new["Resources"][name]))
    rights_before = set(_rights(old))
    # A consumer that was added since has a queue and a role of its own.
    rights_now = {right for right in _rights(new) if right[0] in old["Resources"]}
    for right in rights_before ^ rights_now:
        yield f"{'lost' if right in rights_before else 'added'} {right}"


def _attributes(resource: Json) -> Json:
    kept = {name: resource[name] for name in resource if name.endswith("Policy")}
    properties: Json = resource.get("Properties", {})
    return kept | properties


def _lost(place: str, old: Any, new: Any) -> Iterator[str]:
    if place in _BY_DESIGN:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key not in _OTHERWISE:
                yield from _lost(f"{place}.{key}", value, new.get(key))
    elif old != new:
        yield f"{place} was {old}, is {new}"


def _rights(body: Json) -> Iterator[Right]:
    """Yields who may or may not do what, one action on one resource at a time."""
    resources = body["Resources"]
    managed = {name: one for name, one in resources.items() if "ManagedPolicy" in one["Type"]}
    for name, one in resources.items():
        properties = one.get("Properties", {})
        if one["Type"] == "AWS::IAM::Role":
            named = [target_of(arn) for arn in properties.get("ManagedPolicyArns", [])]
            held = [managed[each]["Properties"] for each in named if each in managed]
            for policy in [*properties.get("Policies", []), *held]:
                yield from _expanded(name, policy["PolicyDocument"])
        elif one["Type"] == "AWS::SQS::QueuePolicy":
            for queue in properties["Queues"]:
                yield from _expanded(target_of(queue), properties["PolicyDocument"])


def _expanded(holder: str, document: Json) -> Iterator[Right]:
    for statement in document["Statement"]:
        terms = [statement["Effect"], statement.get("Principal"), statement.get("Condition")]
        shown = [json.dumps(term, sort_keys=True) for term in terms]
        for action, resource in product(listed(statement["Action"]), listed(statement["Resource"])):
            yield (holder, *shown, action, json.dumps(resource, sort_keys=True))


def _translated(body: Json) -> Json:
    plain = PlainBody(body).value
    for resource in plain["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return sam_translation.translate(Path("template.yaml"), plain, {})
