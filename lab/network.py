"""The lab's network made real: what stands is looked at, what is missing or different is made, as ip(8) batches.

The last line of each batch writes an alias on the interface that says what was made; an interface without its alias was
left by a call that was killed, and is made again.
"""

import json
from collections.abc import Sequence

from groundwork.shell.command import CommandRunner
from lab.layout import CONTROL, LEG, WAN_BRIDGE, WAN_LEG, Bridge, Layout, Leg, SiteLayout
from lab.namespace import NAMED, entering, is_whole

_SECONDS = 30.0
_BURST_SECONDS = 0.01  # how much of its rate a link lets through at once
_SMALLEST_BURST = 65536
_LATENCY = "400ms"
_CONTROL_PEER = "control"
_LOOPBACK = "lo"  # always there: its alias says who lost the site


def build_network(layout: Layout, commands: CommandRunner) -> tuple[str, ...]:
    """Make what is missing of the lab's network; what was made, in words."""
    made = [f"namespace {name}" for name in _make_namespaces(layout.namespaces, commands)]
    if WAN_BRIDGE not in aliases(layout.wan, commands):
        batch(layout.wan, [f"link add {WAN_BRIDGE} type bridge forward_delay 0", f"link set {WAN_BRIDGE} up"], commands)
        made.append("the WAN")
    for site in layout.sites.values():
        made += _build_site(layout, site, commands)
    lines = [f"address add {CONTROL} dev {WAN_LEG}", f"link set {WAN_LEG} up", *_route_lines(layout)]
    if _make_wan_leg(layout.wan, layout.control, _CONTROL_PEER, lines, commands):
        made.append("the control namespace's leg")
    return tuple(made)


def make_leg(switch: str, leg: Leg, commands: CommandRunner, *, seen: str | None = None) -> bool:
    """Make a namespace's leg unless the alias that was seen on it says it stands as wanted; whether it was made."""
    wanted = f"{leg.address} via {leg.gateway} on {leg.bridge}"
    if seen == wanted:
        return False
    lines = [f"address add {leg.address} dev {LEG}", f"link set {LEG} up", "link set lo up"]
    forget = [f"link delete {LEG}"] if seen is not None else []
    batch(leg.namespace, [*forget, f"link add {LEG} type veth peer name {leg.peer} netns {switch}", *lines], commands)
    batch(switch, [f"link set {leg.peer} master {leg.bridge} up"], commands)
    batch(leg.namespace, [f"route replace default via {leg.gateway}", f'link set {LEG} alias "{wanted}"'], commands)
    return True


def batch(namespace: str, lines: Sequence[str], commands: CommandRunner) -> None:
    """Have ip(8) carry out the lines, in order, inside the namespace; the first that fails ends it."""
    text = "".join(f"{line}\n" for line in lines)
    commands.run(["ip", "-n", namespace, "-batch", "-"], timeout_seconds=_SECONDS, stdin=text.encode())


def let_packets_pass(namespace: str, commands: CommandRunner) -> None:
    """Have the namespace forward packets between its interfaces."""
    argv = [*entering(namespace), "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]
    commands.run(argv, timeout_seconds=_SECONDS)


def aliases(namespace: str, commands: CommandRunner) -> dict[str, str]:
    """The interfaces of the namespace and their aliases; an interface without one has the empty alias."""
    shown = commands.run(["ip", "-n", namespace, "-json", "link", "show"], timeout_seconds=_SECONDS).stdout
    return {link["ifname"]: link.get("ifalias", "") for link in json.loads(shown or "[]")}


def lost_by_of(site: SiteLayout, commands: CommandRunner) -> str | None:
    """Who took the site's link to the other sites down, empty where nobody left a name; None while it is up."""
    shown = commands.run(["ip", "-n", site.namespace, "-json", "link", "show"], timeout_seconds=_SECONDS).stdout
    links = {link["ifname"]: link for link in json.loads(shown)}
    return None if "UP" in links[WAN_LEG]["flags"] else links[_LOOPBACK].get("ifalias", "")


def unlink_site(site: SiteLayout, commands: CommandRunner, *, by: str) -> None:
    """Take the site's link to the other sites down; the name of who did stays in the site until it is taken up."""
    batch(site.namespace, [f'link set {_LOOPBACK} alias "{by}"', f"link set {WAN_LEG} down"], commands)


def link_site(layout: Layout, site: SiteLayout, commands: CommandRunner) -> None:
    """Take the site's link up, with the routes that it lost when it went down."""
    lines = [f"link set {WAN_LEG} up", *_route_lines(layout, but=site.name), f'link set {_LOOPBACK} alias ""']
    batch(site.namespace, lines, commands)


def _make_namespaces(names: Sequence[str], commands: CommandRunner) -> list[str]:
    missing = [name for name in names if not is_whole(name)]
    for name in missing:
        (NAMED / name).unlink(missing_ok=True)  # a killed `ip netns add` leaves the name without a namespace
    if missing:
        text = "".join(f"netns add {name}\n" for name in missing)
        commands.run(["ip", "-batch", "-"], timeout_seconds=_SECONDS, stdin=text.encode())
    return missing


def _build_site(layout: Layout, site: SiteLayout, commands: CommandRunner) -> list[str]:
    seen = aliases(site.namespace, commands)
    made = []
    fresh = {bridge.name for bridge in site.bridges if _make_bridge(site.namespace, bridge, seen, commands)}
    if fresh:
        made.append(f"{len(fresh)} networks of {site.name}")
    lines = [f"address add {site.wan_address} dev {WAN_LEG}", f"link set {WAN_LEG} up"]
    lines += _route_lines(layout, but=site.name)
    if not seen.get(WAN_LEG):  # before the leg, whose alias says that all is made
        let_packets_pass(site.namespace, commands)
    if _make_wan_leg(layout.wan, site.namespace, site.wan_peer, lines, commands, mbps=site.link_mbps):
        made.append(f"link of {site.name} ({site.link_mbps} Mbit/s)")
    for leg in site.legs:
        there = aliases(leg.namespace, commands).get(LEG)
        if make_leg(site.namespace, leg, commands, seen="" if there is not None and leg.bridge in fresh else there):
            made.append(f"leg of {leg.namespace}")
    return made


def _make_bridge(namespace: str, bridge: Bridge, seen: dict[str, str], commands: CommandRunner) -> bool:
    label = f"{bridge.port_group} {bridge.gateway}"
    if seen.get(bridge.name) == label:
        return False
    lines = [
        *([f"link delete {bridge.name}"] if bridge.name in seen else []),
        f"link add {bridge.name} type bridge forward_delay 0 mcast_snooping 0",
        f"address add {bridge.gateway} dev {bridge.name}",
        f"link set {bridge.name} up",
        "link set lo up",
        f'link set {bridge.name} alias "{label}"',
    ]
    batch(namespace, lines, commands)
    return True


def _make_wan_leg(
    wan: str, namespace: str, peer: str, lines: Sequence[str], commands: CommandRunner, *, mbps: int | None = None
) -> bool:
    """A leg on the WAN's bridge, with a bandwidth in both directions where one is given."""
    wanted = f"{mbps or 'any'} Mbit/s; {'; '.join(lines[:1])}; {len(lines)} lines"
    seen = aliases(namespace, commands).get(WAN_LEG)
    if seen == wanted:
        return False
    forget = [f"link delete {WAN_LEG}"] if seen is not None else []
    batch(
        namespace, [*forget, f"link add {WAN_LEG} type veth peer name {peer} netns {wan}", "link set lo up"], commands
    )
    batch(wan, [f"link set {peer} master {WAN_BRIDGE} up"], commands)
    if mbps:
        for inside, device in ((namespace, WAN_LEG), (wan, peer)):
            _limit(inside, device, mbps, commands)
    batch(namespace, [*lines, f'link set {WAN_LEG} alias "{wanted}"'], commands)
    return True


def _limit(namespace: str, device: str, mbps: int, commands: CommandRunner) -> None:
    burst = max(_SMALLEST_BURST, int(mbps * 1_000_000 / 8 * _BURST_SECONDS))
    wanted = ["root", "tbf", "rate", f"{mbps}mbit", "burst", str(burst), "latency", _LATENCY]
    commands.run(["tc", "-n", namespace, "qdisc", "replace", "dev", device, *wanted], timeout_seconds=_SECONDS)


def _route_lines(layout: Layout, *, but: str = "") -> list[str]:
    return [f"route replace {network} via {router}" for network, router in layout.routes(but=but)]
