"""Which rule of a policy decides a flow, and why the rules before it do not."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Literal

from fleet.firewall.box import Box
from fleet.firewall.policy import AnyAddress, Policy, PolicyRule, holds, service_number
from fleet.firewall.spans import has
from groundwork.model.firewall import FirewallAction, FirewallRule

Protocol = Literal["tcp", "udp"]

_SSH = 22
_AXES = ("from_zones", "to_zones", "sources", "destinations", "ports")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The first packet of a connection."""

    source: AnyAddress
    destination: AnyAddress
    protocol: Protocol
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A rule that does not match, and its first field that does not."""

    rule: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a pair does with a flow: `rule` is empty where the default decides; as it leaves: `sent`."""

    pair: str
    action: FirewallAction
    rule: str
    why: str
    from_zone: str
    to_zone: str
    sent: Flow
    passed_over: tuple[PassedOver, ...]


def crosses(policy: Policy, flow: Flow) -> bool:
    """True when the flow comes by the pair: from one of its zones to another, or between interfaces of one."""
    inward = _inward(policy, flow)
    zones = policy.zone_of(flow.source), policy.zone_of(inward.destination)
    same = zones[0] == zones[1]
    return policy.elsewhere not in zones and (not same or len(policy.zones[zones[0]][0].interfaces) > 1)


def decide(policy: Policy, flow: Flow) -> Decision:
    """What the pair does with the flow when nothing of it was seen before."""
    inward = _inward(policy, flow)
    from_zone, to_zone = policy.zone_of(flow.source), policy.zone_of(inward.destination)
    point = (
        *(from_zone, to_zone, int(inward.source), int(inward.destination)),
        service_number(inward.protocol, inward.port),
    )
    passed_over = []
    rule: FirewallRule | None = None
    own = {policy.pair.address, *(one.address for one in policy.pair.members)}
    is_own = str(inward.destination) in own
    for one in () if is_own else policy.rules:
        field = _mismatch(one, inward.source.version, point)
        if not field:
            rule = one.rule
            break
        passed_over.append(PassedOver(rule=one.rule.name, field=field))
    action, why = _own_verdict(policy, inward) if is_own else _verdict(rule)
    return Decision(
        pair=policy.pair.name,
        action=action,
        rule=rule.name if rule else "",
        why=why,
        from_zone=policy.zone_name(from_zone),
        to_zone="the pair itself" if is_own else policy.zone_name(to_zone),
        sent=inward if is_own else _outward(policy, inward, policy.zone_name(to_zone)),
        passed_over=tuple(passed_over),
    )


def _verdict(rule: FirewallRule | None) -> tuple[FirewallAction, str]:
    return (rule.action, rule.reason) if rule else ("deny", "no rule accepts it")


def _own_verdict(policy: Policy, flow: Flow) -> tuple[FirewallAction, str]:
    if flow.protocol == "tcp" and flow.port == _SSH and holds(policy.managed_from, flow.source):
        return "accept", "managed_from names its source"
    return "deny", "the members accept SSH from managed_from alone"


def _mismatch(rule: PolicyRule, version: int, point: tuple[int, ...]) -> str:
    """The first field in which a rule does not match; empty when it does."""
    boxes = [box for box in rule.boxes if box.version == version]
    if not boxes:
        return "IP version"
    return "" if any(box.has(point) for box in boxes) else _first_field(boxes[0], point)


def _first_field(box: Box, point: tuple[int, ...]) -> str:
    return next(name for name, spans, number in zip(_AXES, box.axes, point, strict=True) if not has(spans, number))


def _inward(policy: Policy, flow: Flow) -> Flow:
    zone = policy.zone_name(policy.zone_of(flow.source))
    for one in policy.pair.destination_nat:
        if (one.zone, one.address, one.port) == (zone, flow.destination, f"{flow.protocol}/{flow.port}"):
            return replace(flow, destination=one.to_address, port=one.to_port)
    return flow


def _outward(policy: Policy, flow: Flow, zone: str) -> Flow:
    for one, sources in policy.source_nat:
        if one.zone == zone and isinstance(flow.source, IPv4Address) and has(sources, int(flow.source)):
            return replace(flow, source=one.address)
    return flow
