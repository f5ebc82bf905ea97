"""A firewall in network namespaces of its own, with hosts of each zone behind it: what its kernel lets pass is seen."""

import os
import re
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import IPv4Address, ip_address
from pathlib import Path

from fleet.firewall.flow import Flow
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from groundwork.shell.network_namespace import enter_network_namespace
from tests.builders.firewall_policies import HOSTS

_GATEWAYS = {
    "office": ("10.40.1.1/24", "fd00:1::1/64"),
    "inside": ("10.40.2.1/24", "fd00:2::1/64"),
    "outside": ("198.51.100.1/24", "2001:db8:100::1/64"),
}
_AT_ONCE = "for which in all default; do echo 0 >/proc/sys/net/ipv6/conf/$which/accept_dad; done"
_ROUTES = "for family in ipv4/ip_forward ipv6/conf/all/forwarding; do echo 1 >/proc/sys/net/$family; done"
_EVERY_FRAME = 3  # ETH_P_ALL
_OUTGOING = 4  # PACKET_OUTGOING
_IPV4, _IPV6 = 0x0800, 0x86DD
_NUMBERS = {6: "tcp", 17: "udp"}
_QUIET_SECONDS = 0.15
_FIRST_PORT = 20_000


class FirewallHost:
    """A firewall's namespace and one for each zone's hosts."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._commands = LocalCommands()
        self._next_port = _FIRST_PORT

    def run(self, *argv: str, zone: str = "firewall", check: bool = True) -> str:
        """What a program prints in a namespace, its errors with it."""
        words = ["ip", "netns", "exec", f"{self._prefix}-{zone}", *argv]
        done = self._commands.run(words, timeout_seconds=20, check=check)
        return done.stdout + done.stderr

    def load(self, ruleset: Path) -> None:
        """Have nft check the ruleset, then load it."""
        self.run("nft", "--check", "--file", str(ruleset))
        self.run("nft", "--file", str(ruleset))

    def counted(self, table: str) -> dict[str, int]:
        """Packets by counter."""
        listed = self.run("nft", "list", "counters", "table", "inet", table)
        return {name: int(number) for name, number in re.findall(r"counter (\S+) \{\s+packets (\d+)", listed)}

    def arrivals(self, flows: Sequence[Flow]) -> list[Flow | None]:
        """Each flow as it came out behind the firewall, None for one that did not."""
        with ExitStack() as opened:
            sniffers = [opened.enter_context(self._inside(zone, _sniffer)) for zone in HOSTS]
            numbers = [self._send(flow, opened) for flow in flows]
            SystemClock().sleep(_QUIET_SECONDS)
            seen = {number: flow for sniffer in sniffers for number, flow in _read(sniffer)}
        return [seen.get(number) for number in numbers]

    def _send(self, flow: Flow, opened: ExitStack) -> int:
        self._next_port += 1
        zone = next(zone for zone, hosts in HOSTS.items() if str(flow.source) in hosts)
        family = socket.AF_INET if isinstance(flow.source, IPv4Address) else socket.AF_INET6
        kind = socket.SOCK_STREAM if flow.protocol == "tcp" else socket.SOCK_DGRAM
        sender = opened.enter_context(self._inside(zone, lambda: socket.socket(family, kind)))
        sender.settimeout(0)
        sender.bind((str(flow.source), self._next_port))
        with suppress(BlockingIOError, ConnectionError):
            sender.connect((str(flow.destination), flow.port))
            sender.send(b"hello")
        return self._next_port

    @contextmanager
    def _inside(self, zone: str, make: Callable[[], socket.socket]) -> Iterator[socket.socket]:
        """A socket that was made in a zone's namespace; it stays there whoever uses it."""

        def enter_and_make() -> socket.socket:
            enter_network_namespace(f"{self._prefix}-{zone}")
            return make()

        with ThreadPoolExecutor(1) as pool:
            made = pool.submit(enter_and_make).result()
        with made:
            yield made


@contextmanager
def firewall_host() -> Iterator[FirewallHost]:
    """A firewall with its zones, taken away at the end; needs root."""
    prefix, commands = f"fw{os.getpid()}", LocalCommands()

    def ip(*words: str) -> None:
        commands.run(["ip", *words], timeout_seconds=20)

    names = ["firewall", *HOSTS]
    try:
        for name in names:
            ip("netns", "add", f"{prefix}-{name}")
        host = FirewallHost(prefix)
        for name in names:
            host.run("sh", "-c", _AT_ONCE, zone=name)
        host.run("sh", "-c", _ROUTES)
        for zone, hosts in HOSTS.items():
            ip(
                "link",
                "add",
                zone,
                "netns",
                f"{prefix}-firewall",
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                f"{prefix}-{zone}",
            )
            _address(host, zone, hosts, _GATEWAYS[zone])
        yield host
    finally:
        for name in names:
            commands.run(["ip", "netns", "delete", f"{prefix}-{name}"], timeout_seconds=20, check=False)


def _address(host: FirewallHost, zone: str, hosts: Sequence[str], gateways: Sequence[str]) -> None:
    for gateway in gateways:
        host.run("ip", "address", "add", gateway, "dev", zone, *(["nodad"] if ":" in gateway else []))
    host.run("ip", "link", "set", zone, "up")
    for address in hosts:
        length, more = ("64", ["nodad"]) if ":" in address else ("24", [])
        host.run("ip", "address", "add", f"{address}/{length}", "dev", "eth0", *more, zone=zone)
    for device in ("lo", "eth0"):
        host.run("ip", "link", "set", device, "up", zone=zone)
    for gateway in gateways:
        family = "-6" if ":" in gateway else "-4"
        host.run("ip", family, "route", "add", "default", "via", gateway.partition("/")[0], zone=zone)


def _sniffer() -> socket.socket:
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_EVERY_FRAME))
    sniffer.settimeout(0)
    return sniffer


def _read(sniffer: socket.socket) -> Iterator[tuple[int, Flow]]:
    """First packets that came in, by the port that they were sent from."""
    while True:
        try:
            packet, about = sniffer.recvfrom(65536)
        except BlockingIOError:
            return
        flow = _flow(packet, about[1]) if about[2] != _OUTGOING else None
        if flow is not None and flow[0] >= _FIRST_PORT:
            yield flow


def _flow(packet: bytes, kind: int) -> tuple[int, Flow] | None:
    if kind == _IPV4:
        number, start, addresses = packet[9], (packet[0] & 15) * 4, (packet[12:16], packet[16:20])
    elif kind == _IPV6:
        number, start, addresses = packet[6], 40, (packet[8:24], packet[24:40])
    else:
        return None
    if number not in _NUMBERS:
        return None
    from_port, to_port = struct.unpack("!HH", packet[start : start + 4])
    source, destination = map(ip_address, addresses)
    protocol = "tcp" if _NUMBERS[number] == "tcp" else "udp"
    return from_port, Flow(source=source, destination=destination, protocol=protocol, port=to_port)  # type: ignore[arg-type]  # one of two
