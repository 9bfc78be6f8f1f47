"""Buses that the templates of a repository declare, and their names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from trunklab import settings
from trunklab.templates.expressions import Missing
from trunklab.templates.opened import Opened
from trunklab.templates.placed import Placed, plain, without_lines
from trunklab.templates.topology import DEFAULT_BUS, BusKind, Rule

_BUSES: Final = ("AWS::Events::EventBus", "AWS::EventsV2::EventBus")
_PARAMETER: Final = "AWS::SSM::Parameter"
_IMPORT: Final = "Fn::ImportValue"
_LOCAL_ARN: Final = f"arn:aws:events:{settings.LOCAL_REGION}:{settings.LOCAL_ACCOUNT}:event-bus/"


@dataclass
class Buses:
    """The buses of a repository; `add` adds those of one template."""

    names: dict[str, str] = field(default_factory=dict)
    """The name of each bus by every name that a template may use."""
    complete: bool = True
    """False if a template, or a name in one, could not be read: any bus may be the own one."""
    published: list[tuple[str, str]] = field(default_factory=list)
    """The names of SSM parameters and exports, each with the name of its bus."""

    def add(self, opened: Opened) -> None:
        """Adds the buses of a template, and the names under which it publishes buses."""
        for bus in opened.of(*_BUSES):
            name = bus.properties.get("Name")
            made = _made(opened, bus.logical_id)
            self.names[made] = self.names[name.text or made] = name.text or made
            self.complete &= name.unresolved is None
        for name, value in _publications(opened):
            self.complete &= name.unresolved is None
            self.published.append((name.text, named(opened, value)[0]))

    @classmethod
    def together(cls, parts: Iterable["Buses"]) -> "Buses":
        """Returns the buses of all templates."""
        all_buses = cls()
        for part in parts:
            all_buses.names |= part.names
            all_buses.complete &= part.complete
            all_buses.published += part.published
        return all_buses

    def placed(self, rule: Rule) -> Rule:
        """Returns the rule with the kind and name of its bus."""
        known = self.names | {
            name: self.names[bus] for name, bus in self.published if bus in self.names
        }
        if rule.bus in known:
            return replace(rule, bus=known[rule.bus], bus_kind=BusKind.OWN)
        return replace(rule, bus_kind=self._kind(rule))

    def _kind(self, rule: Rule) -> BusKind:
        if not self.names or not self.complete:
            return BusKind.UNKNOWN
        if rule.bus == DEFAULT_BUS:
            return BusKind.DEFAULT
        if rule.bus_missing is None:
            return BusKind.OTHER
        # An expression has a space, the name of a parameter in SSM has none.
        is_published_elsewhere = " " not in rule.bus or rule.bus.startswith(_IMPORT)
        is_deployed = rule.bus_missing is Missing.DEPLOYMENT
        return BusKind.OTHER if is_deployed and is_published_elsewhere else BusKind.UNKNOWN


def named(opened: Opened, bus: Placed) -> tuple[str, Missing | None]:
    """Returns the name of a bus, or its expression and why it has no value."""
    referred = opened.referred(bus)
    if referred and opened.template.resources[referred]["Type"] in _BUSES:
        return _made(opened, referred), None
    if bus.unresolved is not None:
        return bus.unresolved.parameter or bus.unresolved.expression, bus.unresolved.missing
    return bus.text.removeprefix(_LOCAL_ARN) or DEFAULT_BUS, None


def _made(opened: Opened, logical_id: str) -> str:
    return f"{logical_id} of {opened.path}"


def _publications(opened: Opened) -> Iterator[tuple[Placed, Placed]]:
    for parameter in opened.of(_PARAMETER):
        yield parameter.properties.get("Name"), parameter.properties.get("Value")
    for output in opened.outputs.members.values():
        name = output.value.get("Export", "Name")
        if name.value is not None:
            shown = name if name.unresolved else without_lines(f"{_IMPORT} {plain(name)}", 1)
            yield shown, output.value.get("Value")
