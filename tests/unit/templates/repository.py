"""A small repository in a folder, and what is read of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from trunklab.templates.repository import topology
from trunklab.templates.topology import Rule, Topology

TEMPLATE: Final = "services/shop/template.yaml"

HEAD: Final = """\
Parameters:
  Source: {Type: String, Default: shop.orders}
  Kinds: {Type: CommaDelimitedList, Default: 'A,B'}
  Later: {Type: String}
  Named: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}
Mappings: {Sizes: {local: {n: 3}}}
Conditions: {IsLocal: !Equals [!Ref Source, shop.orders], Loops: !Condition Loops}
Resources:
"""

RULE: Final = """\
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Named
      EventPattern: %s
"""
LINES_OF_HEAD: Final = HEAD.count("\n")


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def read(folder: Path, template: str, parameters: Mapping[str, str] | None = None) -> Topology:
    """What is read of a repository with this template."""
    return topology(repository(folder, {TEMPLATE: template}), parameters=parameters)


def rule_with(folder: Path, pattern: str, parameters: Mapping[str, str] | None = None) -> Rule:
    """The one rule of a template whose pattern is written like this."""
    (rule,) = read(folder, HEAD + RULE % pattern, parameters).rules
    return rule
