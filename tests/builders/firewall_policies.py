"""Firewall policies for tests: of a few rules, or made at random from a seed, with the flows that try them."""

from collections.abc import Mapping
from datetime import date
from ipaddress import IPv4Address, ip_address, ip_network
from random import Random
from typing import Any

from fleet.firewall.flow import Flow, Protocol
from fleet.firewall.policy import Policy, resolve
from groundwork.model.firewall import (
    AnyNetwork,
    DestinationTranslation,
    FirewallAddresses,
    FirewallMember,
    FirewallPair,
    FirewallRule,
    FirewallServices,
    FirewallZone,
    SourceTranslation,
)
from tests.builders.estate_values import small_estate

HOSTS = {
    "office": ("10.40.1.11", "10.40.1.12", "10.40.1.13", "fd00:1::11", "fd00:1::12"),
    "inside": ("10.40.2.11", "10.40.2.12", "10.40.2.13", "fd00:2::11", "fd00:2::12"),
    "outside": ("198.51.100.11", "198.51.100.12", "2001:db8:100::11"),
}
ASKED = IPv4Address("203.0.113.9")  # an address that nobody has, which destination translation is for
OURS = IPv4Address("198.51.100.1")  # the firewall's own outside, which source translation gives
PORTS = (22, 53, 80, 85, 443)

_ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "office-net": ("10.40.1.0/24", "fd00:1::/64"),
    "inside-net": ("10.40.2.0/24", "fd00:2::/64"),
    "one-desk": ("10.40.1.11/32",),
    "some-desks": ("10.40.1.12/31", "10.40.1.0/28", "10.40.1.11/32"),  # overlapping on purpose
    "server": ("10.40.2.11/32", "fd00:2::11/128"),
    "six": ("fd00:1::/64", "fd00:2::12/128"),
    "partner": ("198.51.100.11/32", "198.51.100.12/32", "2001:db8:100::/48"),
}
_SERVICES = {"pages": ("tcp/80-90", "tcp/85", "tcp/443"), "names": ("udp/53", "tcp/53")}


class Chance(Random):
    """Numbers from a seed, to be had again."""


def rule(name: str, **changes: Any) -> FirewallRule:  # noqa: ANN401 - the fields of FirewallRule
    """A rule that accepts everything, but for the changes."""
    values: dict[str, Any] = {
        **dict.fromkeys(("from_zones", "to_zones", "services"), ()),
        "action": "accept",
        "sources": ("any",),
        "destinations": ("any",),
        "ports": ("any",),
        "reason": f"why {name}",
        "owner": "bureau",
        "review": date(2099, 1, 31),
    }
    return FirewallRule(name=name, **values | changes)


def policy_of(*rules: FirewallRule, **changes: Any) -> Policy:  # noqa: ANN401 - the fields of FirewallPair
    """The policy of a pair with three zones and these rules."""
    addresses = {
        name: FirewallAddresses(name=name, ranges=tuple(_network(one) for one in ranges), about="test")
        for name, ranges in _ADDRESSES.items()
    }
    services = {name: FirewallServices(name=name, ports=ports, about="test") for name, ports in _SERVICES.items()}
    values: dict[str, Any] = {
        "managed_from": ("office-net",),
        "zones": (
            FirewallZone(name="outside", interfaces=("outside",), networks=()),
            FirewallZone(name="office", interfaces=("office",), networks=("office-net",)),
            FirewallZone(name="inside", interfaces=("inside",), networks=("inside-net",)),
        ),
        **dict.fromkeys(("source_nat", "destination_nat", "parity_exceptions"), ()),
        "platform": "linux",
    }
    pair = FirewallPair(
        name="edge",
        site="gamma",
        network="gamma-management",
        address="10.40.2.4",
        members=(
            FirewallMember(name="edge-a", address="10.40.2.2", priority=200),
            FirewallMember(name="edge-b", address="10.40.2.3", priority=100),
        ),
        rules=rules,
        parity_with="",
        **values | changes,
    )
    return resolve(small_estate(firewall_addresses=addresses, firewall_services=services), pair)


def random_policy(chance: Chance) -> Policy:
    """A policy of one to seven rules, in half of the cases with translations."""
    rules = [_random_rule(chance, f"r{number}") for number in range(chance.randint(1, 7))]
    hide = SourceTranslation(name="hide", zone="outside", sources=("office-net",), address=OURS, reason="test")
    portal = DestinationTranslation(
        name="portal",
        zone="outside",
        address=ASKED,
        port="tcp/443",
        to_address=IPv4Address("10.40.2.11"),
        to_port=85,
        reason="test",
    )
    translations = {"source_nat": (hide,), "destination_nat": (portal,)} if chance.random() < 1 / 2 else {}
    return policy_of(*rules, **translations)


def random_flow(chance: Chance) -> Flow:
    """A flow from a host of one zone to a host of another, or from outside to the address that is translated."""
    from_zone, to_zone = chance.sample(sorted(HOSTS), 2)
    source = ip_address(chance.choice(HOSTS[from_zone]))
    others = [one for one in map(ip_address, HOSTS[to_zone]) if one.version == source.version]
    if from_zone == "outside" and source.version == ASKED.version:
        others.append(ASKED)
    protocol: Protocol = chance.choice(("tcp", "udp"))
    return Flow(source=source, destination=chance.choice(others), protocol=protocol, port=chance.choice(PORTS))


def _random_rule(chance: Chance, name: str) -> FirewallRule:
    def some(names: list[str], most: int) -> tuple[str, ...]:
        return tuple(chance.sample(names, chance.randint(0, most)))

    ports = chance.choice([("any",), ("tcp/80",), ("udp/53", "tcp/22"), ("tcp/80-443",), ()])
    return rule(
        name,
        action=chance.choice(("accept", "accept", "deny")),
        from_zones=some(sorted(HOSTS), 2),
        to_zones=some(sorted(HOSTS), 2),
        sources=some(sorted(_ADDRESSES), 2) or ("any",),
        destinations=some(sorted(_ADDRESSES), 2) or ("any",),
        ports=ports,
        services=() if ports == ("any",) else some(sorted(_SERVICES), 1) or (() if ports else ("pages",)),
    )


def _network(text: str) -> AnyNetwork:
    return ip_network(text)
