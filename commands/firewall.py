"""Firewalls: what is wrong with their rules, and which rule decides a flow."""

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from commands.command import READ, Asked, command
from commands.context import answer, as_document, say
from groundwork.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from fleet.firewall.analysis import Finding
    from fleet.firewall.flow import Decision, Flow, Protocol
    from fleet.firewall.policy import AnyAddress, Policy
    from groundwork.change.step import Json
    from groundwork.estate.estate import Estate

_TO = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<name>[^:\[\]]+)):(?P<port>[0-9]{1,5})/(?P<protocol>tcp|udp)")
_HIGHEST_PORT = 65535


@command(*READ)
def lint(asked: Asked) -> None:
    """List the rules that never decide anything, or could go without changing what passes; and overdue reviews.

    Exact over zones, addresses, protocols and ports of IPv4 and IPv6. Ends with 4 when a rule is shadowed or redundant.

    Example: inv firewall.lint --city taichung
    """
    from fleet.firewall.analysis import analyse
    from groundwork.shell.clock import SystemClock

    estate = asked.context.estate_without_settings
    findings = [one for policy in _policies(estate) for one in analyse(policy)]
    overdue = estate.overdue(SystemClock().now().date())
    document: dict[str, Json] = {
        "city": estate.city,
        "findings": [as_document(one) for one in findings],
        "warnings": [as_document(one) for one in overdue],
    }
    none = f"the firewalls of {estate.city} have no finding"
    answer(document, lambda: _findings(findings) if findings else none, as_json=asked.json)
    for one in overdue:
        say(f"warning: {one}")
    if findings:
        raise ConfigurationError(
            f"the firewalls of {estate.city} have {len(findings)} finding{'' if len(findings) == 1 else 's'}",
            hint="remove or move what each names, in firewall.yaml",
        )


@command(*READ, help={"source": "an address, or a machine's or host's name", "to": "ADDRESS-OR-NAME:PORT/PROTOCOL"})
def flow(asked: Asked, source: str, to: str) -> None:
    """Say which rule of which firewall decides a new connection, and why the rules before it do not.

    Translations are followed. An IPv6 address stands in brackets before its port.

    Example: inv firewall.flow 10.98.16.7 10.30.0.20:22/tcp --city taichung
    Example: inv firewall.flow 2001:db8:7::1 [2001:db8:30:30::11]:443/tcp --json
    """
    from fleet.firewall.flow import crosses, decide

    estate = asked.context.estate_without_settings
    asked_for = _flow(estate, source, to)
    decisions = [decide(policy, asked_for) for policy in _policies(estate) if crosses(policy, asked_for)]
    document: dict[str, Json] = {"city": estate.city, "decisions": [as_document(one) for one in decisions]}
    answer(document, lambda: _decisions(decisions), as_json=asked.json)


def _policies(estate: "Estate") -> "list[Policy]":
    from fleet.firewall.policy import resolve

    return [resolve(estate, pair) for pair in estate.firewall_pairs.values()]


def _flow(estate: "Estate", source: str, to: str) -> "Flow":
    from fleet.firewall.flow import Flow

    found = _TO.fullmatch(to)
    if not found or not 1 <= int(found["port"]) <= _HIGHEST_PORT:
        raise UsageError(f"{to!r} is no destination", hint="write one like 10.30.0.20:22/tcp or [2001:db8::1]:443/tcp")
    destination = _address(estate, found["six"] or found["name"])
    sender = _address(estate, source)
    if sender.version != destination.version:
        raise UsageError(f"{sender} and {destination} are of two IP versions", hint="give two addresses of one")
    protocols: dict[str, Protocol] = {"tcp": "tcp", "udp": "udp"}
    return Flow(source=sender, destination=destination, protocol=protocols[found["protocol"]], port=int(found["port"]))


def _address(estate: "Estate", word: str) -> "AnyAddress":
    named = estate.machines.get(word) or estate.hosts.get(word)
    try:
        return ip_address(named.address if named else word)
    except ValueError:
        lacking = f"{word} has no address" if named else f"{word!r} is no address, and no machine or host has this name"
        raise UsageError(lacking, hint="give an address, or the name of a machine that has one") from None


def _findings(findings: "list[Finding]") -> "Table":
    from rich.table import Table

    table = Table("firewall", "rule", "finding", "what", box=None)
    for one in findings:
        table.add_row(one.pair, one.rule, one.kind, one.what)
    return table


def _decisions(decisions: "list[Decision]") -> "Table":
    from rich.table import Table

    table = Table("firewall", "from", "to", "verdict", "rule", "why", box=None)
    for one in decisions:
        table.add_row(one.pair, one.from_zone, one.to_zone, one.action, one.rule or "default", one.why)
        for other in one.passed_over:
            table.add_row("", "", "", "", f"not {other.rule}", f"other {other.field.replace('_', ' ')}")
    if not decisions:
        table.add_row("none", "", "", "", "", "no firewall of the estate stands between the two")
    return table
