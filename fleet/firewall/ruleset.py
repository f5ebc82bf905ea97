"""A policy as one nftables ruleset: our own table alone, replaced whole in one transaction."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, summarize_address_range

from fleet.firewall.box import DESTINATION, FROM, SERVICE, SOURCE, TO, Box
from fleet.firewall.policy import EVERY_ADDRESS, EVERY_SERVICE, PORTS, PROTOCOLS, Policy, PolicyRule
from fleet.firewall.spans import Spans, common
from groundwork.errors import ConfigurationError
from groundwork.model.firewall import FirewallPlatform

TABLE = "cityops_firewall"
DEFAULT_COUNTER = "denied-by-default"
RULE_COUNTER = "rule-"  # before the rule's name

_PLATFORM: FirewallPlatform = "linux"
_VRRP = 112  # IANA's protocol number
_CONNTRACKD = 3780  # the port of conntrackd's synchronisation
_FAMILIES = {4: "ip", 6: "ip6"}


def render_ruleset(policy: Policy) -> str:
    """What `nft -f` loads. Raises ConfigurationError for a pair that is no Linux machine."""
    if policy.pair.platform != _PLATFORM:
        raise ConfigurationError(
            f"firewall pair {policy.pair.name} is of platform {policy.pair.platform}, and rulesets are made for "
            f"{_PLATFORM} alone",
            hint="its policy can be read and checked: inv firewall.lint, inv firewall.flow",
        )
    forward = [line for rule in policy.rules for line in _rule_lines(policy, rule)]
    counters = [*(f"{RULE_COUNTER}{one.rule.name}" for one in policy.rules), DEFAULT_COUNTER]
    return _table(policy, counters, forward, _translations(policy))


def render_closed(policy: Policy) -> str:
    """What stands from boot until a ruleset is loaded: the members reach one another, and nothing passes."""
    return _table(policy, [DEFAULT_COUNTER], [], [])


def _table(policy: Policy, counters: Iterable[str], forward: Iterable[str], translations: Iterable[str]) -> str:
    return _text(
        [
            "# Made by cityops from the estate; what is changed here by hand is lost.",
            f"table inet {TABLE}",
            f"delete table inet {TABLE}",
            f"table inet {TABLE} {{",
            *(f"    counter {name} {{ }}" for name in counters),
            *_chain("input", "filter hook input priority filter; policy drop;", _input(policy)),
            *_chain(
                "forward",
                "filter hook forward priority filter; policy drop;",
                [*_TRACKED, *forward, f'counter name "{DEFAULT_COUNTER}" drop'],
            ),
            *translations,
            "}",
        ]
    )


_TRACKED = ("ct state established,related accept", "ct state invalid drop")


def _input(policy: Policy) -> Iterator[str]:
    """What the members themselves are sent: by their peer, by neighbours, by those who manage them."""
    yield from _TRACKED
    yield 'iifname "lo" accept'
    peers = _set(sorted(one.address for one in policy.pair.members))
    yield f'ip saddr {peers} meta l4proto {_VRRP} accept comment "VRRP of the pair"'
    yield f'ip saddr {peers} udp dport {_CONNTRACKD} accept comment "connections of the pair"'
    yield "icmp type echo-request accept"
    yield "icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept"
    for version, family in _FAMILIES.items():
        if policy.managed_from[version]:
            sources = _set(_texts(version, policy.managed_from[version]))
            yield f'{family} saddr {sources} tcp dport 22 accept comment "managed_from"'


def _rule_lines(policy: Policy, rule: PolicyRule) -> Iterator[str]:
    verdict = "accept" if rule.rule.action == "accept" else "drop"
    end = f'counter name "{RULE_COUNTER}{rule.rule.name}" {verdict}'
    matches = [match for box in rule.boxes for match in _matches(policy, box)]
    yield from (f"{match} {end}".lstrip() for match in dict.fromkeys(matches))


def _matches(policy: Policy, box: Box) -> Iterator[str]:
    """A match for each protocol that a box names; one of every address is alike for both IP versions."""
    words = [
        *_interfaces(policy, "iifname", box.axes[FROM]),
        *_interfaces(policy, "oifname", box.axes[TO]),
        *_side(box, "saddr", SOURCE),
        *_side(box, "daddr", DESTINATION),
    ]
    if box.axes[SERVICE] == EVERY_SERVICE:
        yield " ".join(words)
        return
    for protocol, number in PROTOCOLS.items():
        ports = common(box.axes[SERVICE], ((number * PORTS, number * PORTS + PORTS - 1),))
        if ports:
            spans = ((first % PORTS, last % PORTS) for first, last in ports)
            shown = _set(str(first) if first == last else f"{first}-{last}" for first, last in spans)
            yield " ".join([*words, f"{protocol} dport {shown}"])


def _side(box: Box, word: str, axis: int) -> Iterator[str]:
    if box.axes[axis] != EVERY_ADDRESS[box.version]:
        yield f"{_FAMILIES[box.version]} {word} {_set(_texts(box.version, box.axes[axis]))}"


def _interfaces(policy: Policy, word: str, zones: Spans) -> Iterator[str]:
    if zones != ((0, policy.elsewhere),):
        numbers = [number for first, last in zones for number in range(first, last + 1)]
        yield f"{word} {_named(one for number in numbers for one in policy.zones[number][0].interfaces)}"


def _translations(policy: Policy) -> Iterator[str]:
    by_name = {zone.name: zone.interfaces for zone, _ in policy.zones}
    inward = []
    for one in policy.pair.destination_nat:
        protocol, _, port = one.port.partition("/")
        asked = f"iifname {_named(by_name[one.zone])} ip daddr {one.address} {protocol} dport {port}"
        inward.append(f"{asked} dnat ip to {one.to_address}:{one.to_port}")
    outward = []
    for translation, sources in policy.source_nat:
        leaving = f"oifname {_named(by_name[translation.zone])}"
        named = "meta nfproto ipv4" if sources == EVERY_ADDRESS[4] else f"ip saddr {_set(_texts(4, sources))}"
        outward.append(f"{leaving} {named} snat ip to {translation.address}")
    if inward:
        yield from _chain("prerouting", "nat hook prerouting priority dstnat; policy accept;", inward)
    if outward:
        yield from _chain("postrouting", "nat hook postrouting priority srcnat; policy accept;", outward)


def _chain(name: str, hook: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"    chain {name} {{"
    yield f"        type {hook}"
    yield from (f"        {line}" for line in lines)
    yield "    }"


def _texts(version: int, spans: Spans) -> Iterator[str]:
    """Spans of addresses as nftables writes them: an address, a range by length, or from first to last."""
    kind = IPv4Address if version == 4 else IPv6Address  # noqa: PLR2004 - the IP version
    for first, last in spans:
        cidrs = list(summarize_address_range(kind(first), kind(last)))
        alone = str(cidrs[0]) if first != last else str(kind(first))
        yield alone if len(cidrs) == 1 else f"{kind(first)}-{kind(last)}"


def _named(names: Iterable[str]) -> str:
    return _set(f'"{name}"' for name in names)


def _set(elements: Iterable[str]) -> str:
    return f"{{ {', '.join(elements)} }}"


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
