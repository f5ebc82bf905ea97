"""A pair's policy with every name resolved: its zones, rules and translations in numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from fleet.firewall.box import Box
from fleet.firewall.spans import Span, Spans, has, merge
from groundwork.estate.estate import Estate
from groundwork.model.firewall import ANY, AnyNetwork, FirewallPair, FirewallRule, FirewallZone, SourceTranslation

AnyAddress = IPv4Address | IPv6Address
Addresses = Mapping[int, Spans]  # by IP version

PROTOCOLS = {"tcp": 6, "udp": 17}  # IANA's numbers
PORTS = 65536
EVERY_SERVICE: Spans = ((0, 256 * PORTS - 1),)
EVERY_ADDRESS: Addresses = {4: ((0, 2**32 - 1),), 6: ((0, 2**128 - 1),)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRule:
    """A rule, and what it matches."""

    rule: FirewallRule
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A pair and what its names mean; zones are numbered as the pair states them, `elsewhere` is none of them."""

    pair: FirewallPair
    zones: tuple[tuple[FirewallZone, Addresses], ...]
    rules: tuple[PolicyRule, ...]
    source_nat: tuple[tuple[SourceTranslation, Spans], ...]
    managed_from: Addresses

    @property
    def elsewhere(self) -> int:
        """The number of what is in no zone."""
        return len(self.zones)

    def zone_of(self, address: AnyAddress) -> int:
        """The number of the zone that an address is behind: the smallest range that holds it decides."""
        sizes = [
            (last - first, number)
            for number, (_, addresses) in enumerate(self.zones)
            for first, last in addresses[address.version]
            if first <= int(address) <= last
        ]
        others = (number for number, (zone, _) in enumerate(self.zones) if not zone.networks)
        return min(sizes)[1] if sizes else next(others, self.elsewhere)

    def zone_name(self, number: int) -> str:
        """What the estate calls a zone; ``no zone`` for what is in none."""
        return self.zones[number][0].name if number < self.elsewhere else "no zone"


def service_number(protocol: str, port: int) -> int:
    """A protocol and a port as one number, e.g. ``("tcp", 443)``."""
    return PROTOCOLS[protocol] * PORTS + port


def resolve(estate: Estate, pair: FirewallPair) -> Policy:
    """The policy of a pair of the estate."""
    names = [zone.name for zone in pair.zones]

    def zones(named: tuple[str, ...]) -> Spans:
        return merge((names.index(one), names.index(one)) for one in named) or ((0, len(names)),)

    def boxes(rule: FirewallRule) -> tuple[Box, ...]:
        sources, destinations = _addresses(estate, rule.sources), _addresses(estate, rule.destinations)
        services = _services(estate, rule)
        found = (
            (version, (zones(rule.from_zones), zones(rule.to_zones), sources[version], destinations[version], services))
            for version in (4, 6)
        )
        return tuple(Box(version=version, axes=axes) for version, axes in found if all(axes))

    return Policy(
        pair=pair,
        zones=tuple((zone, _addresses(estate, zone.networks)) for zone in pair.zones),
        rules=tuple(PolicyRule(rule=rule, boxes=boxes(rule)) for rule in pair.rules),
        source_nat=tuple((one, _addresses(estate, one.sources)[4]) for one in pair.source_nat),
        managed_from=_addresses(estate, pair.managed_from),
    )


def holds(addresses: Addresses, address: AnyAddress) -> bool:
    """True when the address is one of them."""
    return has(addresses[address.version], int(address))


def _addresses(estate: Estate, names: Iterable[str]) -> Addresses:
    found: dict[int, list[Span]] = {4: [], 6: []}
    for name in names:
        if name == ANY:
            return EVERY_ADDRESS
        for cidr in _ranges(estate, name):
            found[cidr.version].append((int(cidr.network_address), int(cidr.broadcast_address)))
    return {version: merge(spans) for version, spans in found.items()}


def _ranges(estate: Estate, name: str) -> tuple[AnyNetwork, ...]:
    if name in estate.networks:
        return (estate.networks[name].cidr,)
    if name in estate.vpn_roles:
        return (estate.vpn_roles[name].pool,)
    return estate.firewall_addresses[name].ranges


def _services(estate: Estate, rule: FirewallRule) -> Spans:
    if ANY in rule.ports:
        return EVERY_SERVICE
    ports = [*rule.ports, *(port for name in rule.services for port in estate.firewall_services[name].ports)]
    return merge(_port_span(port) for port in ports)


def _port_span(port: str) -> Span:
    protocol, _, numbers = port.partition("/")
    first, _, last = numbers.partition("-")
    return service_number(protocol, int(first)), service_number(protocol, int(last or first))
