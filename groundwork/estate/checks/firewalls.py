"""Whether firewall pairs can stand as one, their zones and rules mean something, and names mean one thing each."""

from collections.abc import Iterable, Iterator

from groundwork.estate.draft import Draft, Stated
from groundwork.estate.firewall_entries import FirewallPairForm, FirewallRuleForm
from groundwork.files.fault import Fault
from groundwork.model.firewall import ANY

Pair = Stated[FirewallPairForm]

_ADDRESSES = 3  # of a pair: its own, which follows the active member, and one for each member


def check_firewalls(draft: Draft) -> Iterator[Fault]:
    """Names that rules use, members, zones, rules, translations."""
    yield from _names_of_rules(draft)
    yield from _names_of_members(draft)
    for services in draft.firewall_services:
        if ANY in services.form.ports:
            yield services.fault("means every port", "name [any] in the rule's ports instead", "ports")
    for pair in draft.firewall_pairs:
        yield from _members(pair)
        yield from _zones(pair)
        yield from _named_once(pair, "rules", "rules", [rule.name for rule in pair.form.rules])
        for position, rule in enumerate(pair.form.rules):
            yield from _rule(pair, position, rule, draft)
        yield from _translations(pair)


def _names_of_rules(draft: Draft) -> Iterator[Fault]:
    """A rule names networks, VPN roles and addresses in one breath, and `any`: each name must mean one thing."""
    for thing in (*draft.networks, *draft.vpn_roles, *draft.firewall_addresses, *draft.firewall_services):
        if thing.name == ANY:
            yield thing.fault("firewall rules mean everything by this name", "give it another name")
    first = {network.name: "network" for network in draft.networks}
    for thing in (*draft.vpn_roles, *draft.firewall_addresses):
        if thing.name in first:
            what = f"a {first[thing.name]} has this name too, and firewall rules name both"
            yield thing.fault(what, "rename one of the two")
        first.setdefault(thing.name, thing.sort)


def _names_of_members(draft: Draft) -> Iterator[Fault]:
    first: dict[str, Pair] = {}
    for pair in draft.firewall_pairs:
        for position, member in enumerate(pair.form.members):
            other = first.setdefault(member.name, pair)
            if other is not pair:
                what = f'member "{member.name}" is one of firewall pair "{other.name}" too'
                yield pair.fault(what, "rename one of the two", "members", position, "name")


def _members(pair: Pair) -> Iterator[Fault]:
    first, second = pair.form.members
    if first.name == second.name:
        yield pair.fault(f'both members are named "{first.name}"', "rename one", "members", 1, "name")
    if len({pair.form.address, first.address, second.address}) < _ADDRESSES:
        what = "the pair and its members need three addresses, and share one"
        yield pair.fault(what, "give each its own", "members")
    if first.priority == second.priority:
        what = f"both members have priority {first.priority}, so none is active by right"
        yield pair.fault(what, "give one a higher priority", "members", 1, "priority")


def _zones(pair: Pair) -> Iterator[Fault]:
    yield from _named_once(pair, "zones", "zones", [zone.name for zone in pair.form.zones])
    interfaces: dict[str, str] = {}
    networks: dict[str, str] = {}
    for position, zone in enumerate(pair.form.zones):
        for part, names, first in (("interfaces", zone.interfaces, interfaces), ("networks", zone.networks, networks)):
            for index, name in enumerate(names):
                if name in first:
                    what = f'{part[:-1]} "{name}" is in zone "{first[name]}" already'
                    yield pair.fault(what, "leave it in one of the two", "zones", position, part, index)
                first.setdefault(name, zone.name)
    open_zones = [position for position, zone in enumerate(pair.form.zones) if not zone.networks]
    for position in open_zones[1:]:
        other, zone = pair.form.zones[open_zones[0]], pair.form.zones[position]
        what = f'zones "{other.name}" and "{zone.name}" both name no networks, and one alone can have all the others'
        yield pair.fault(what, "name the networks of one of the two", "zones", position)


def _rule(pair: Pair, position: int, rule: FirewallRuleForm, draft: Draft) -> Iterator[Fault]:
    zones = [zone.name for zone in pair.form.zones]
    for part, names in (("from_zones", rule.from_zones), ("to_zones", rule.to_zones)):
        for index, name in enumerate(names):
            if name not in zones:
                yield _no_zone(pair, name, "rules", position, part, index)
    if not rule.ports and not rule.services:
        what = f'rule "{rule.name}" names no ports and no services, so it matches nothing'
        yield pair.fault(what, "name some, or write ports: [any]", "rules", position)
    if ANY in rule.ports and rule.services:
        what = f'rule "{rule.name}" names services beside any port'
        yield pair.fault(what, "leave one of the two out", "rules", position, "services")
    sources, destinations = (_families(names, draft) for names in (rule.sources, rule.destinations))
    if sources and destinations and not sources & destinations:
        what = f'rule "{rule.name}" matches nothing: its sources have IPv{min(sources)} alone, its destinations not'
        yield pair.fault(what, "name addresses of one family on both sides", "rules", position)


def _families(names: Iterable[str], draft: Draft) -> set[int]:
    """The IP versions in which these names have addresses; none when a name is not known."""
    found: set[int] = set()
    for name in names:
        addresses = draft.firewall_addresses.get(name)
        if addresses is not None:
            found |= {cidr.version for cidr in addresses.form.ranges}
        elif name == ANY:
            found |= {4, 6}
        elif name in draft.networks.names or name in draft.vpn_roles.names:
            found.add(4)
        else:
            return set()
    return found


def _translations(pair: Pair) -> Iterator[Fault]:
    zones = [zone.name for zone in pair.form.zones]
    first: dict[str, str] = {}
    asked: dict[tuple[str, object, str], str] = {}
    outward = [("source_nat", position, one.name, one.zone) for position, one in enumerate(pair.form.source_nat)]
    inward = [
        ("destination_nat", position, one.name, one.zone) for position, one in enumerate(pair.form.destination_nat)
    ]
    for part, position, name, zone in (*outward, *inward):
        if zone not in zones:
            yield _no_zone(pair, zone, part, position, "zone")
        if name in first:
            yield pair.fault(f'two translations are named "{name}"', "rename one", part, position, "name")
        first.setdefault(name, part)
    for position, one in enumerate(pair.form.destination_nat):
        if one.port == ANY:
            what = f'translation "{one.name}" is of any port'
            yield pair.fault(what, "name one like tcp/443", "destination_nat", position, "port")
        other = asked.setdefault((one.zone, one.address, one.port), one.name)
        if other != one.name:
            what = f'{one.address} {one.port} is translated by "{other}" already'
            yield pair.fault(what, "keep one of the two", "destination_nat", position, "address")


def _named_once(pair: Pair, part: str, sort: str, names: Iterable[str]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for position, name in enumerate(names):
        if name in first:
            what = f'two {sort} are named "{name}", the first on line {pair.line(part, first[name])}'
            yield pair.fault(what, "rename one", part, position, "name")
        first.setdefault(name, position)


def _no_zone(pair: Pair, name: str, *part: int | str) -> Fault:
    known = ", ".join(zone.name for zone in pair.form.zones)
    return pair.fault(f'unknown zone "{name}"; known are {known}', "add it to zones or correct the name", *part)
