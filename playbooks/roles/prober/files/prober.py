#!/usr/bin/python3
"""What runs on a prober host: sweeps, listens and streams from the network that it is started in, as root.

    prober.py hold NAME MAC [--address A/N]... [--forward] [--decoy]   put the adapter into the namespace NAME, as leg0
    prober.py release NAME                       end all that runs in the namespace, and remove it
    prober.py list                               the namespaces held, one a line
    prober.py sweep < ORDER                      harmless probes of one link; prints what answered, as JSON
    prober.py listen NAME --control ADDRESS [--target ADDRESS]...   record all that is heard, with a heartbeat, until
                                                 it is ended; each second it asks for the addresses, as a sweep does
    prober.py heard NAME [--follow]              what was recorded; with --follow also what comes, until it is ended
    prober.py stream ADDRESS PORT [--announce]   a TCP connection as standard input and output

The standard library alone; no secret and no knowledge of any service comes here: an operator's command speaks HTTP, TLS
and SSH over the stream.
"""

import argparse
import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any, NoReturn, TextIO

LEG = "leg0"
NOT_YET = 3  # the exit code when an adapter is not there (yet): try again
FOLDER = Path("/run/cityops-prober")  # gone after a restart of the host, and with it the proof
BEAT_SECONDS = 1.0
PACE_SECONDS = 0.001  # between two frames of a sweep
CONNECT_SECONDS = 4.0
MOST_SIGHTINGS = 2000  # of a record: a flood of forged addresses must not fill the disk
BROADCAST = b"\xff" * 6
ALL_NODES = IPv6Address("ff02::1")
UNSPECIFIED = IPv6Address("::")
ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86DD
ARP_REPLY, ICMP6 = 2, 58
SOLICIT, ADVERT, ECHO, ECHO_REPLY = 135, 136, 128, 129
_ALL_PROTOCOLS = 3  # linux/if_ether.h: ETH_P_ALL
_SOL_PACKET, _ADD_MEMBERSHIP, _PROMISCUOUS, _OUTGOING = 263, 1, 1, 4  # linux/if_packet.h


# Frames: bytes in, bytes out.


def arp_probe(mac: bytes, target: str) -> bytes:
    """Who has `target`? Asked from 0.0.0.0, so that no neighbour learns anything of us (RFC 5227)."""
    body = struct.pack("!HHBBH", 1, IPV4, 6, 4, 1) + mac + bytes(4) + bytes(6) + IPv4Address(target).packed
    return BROADCAST + mac + struct.pack("!H", ARP) + body


def solicitation(mac: bytes, target: str) -> bytes:
    """Who has `target`? Asked from ::, as in duplicate address detection (RFC 4862)."""
    wanted = IPv6Address(target).packed
    group = IPv6Address(IPv6Address("ff02::1:ff00:0").packed[:13] + wanted[13:])
    return _icmp6(mac, UNSPECIFIED, group, struct.pack("!BBHI", SOLICIT, 0, 0, 0) + wanted, hops=255)


def echo_to_all(mac: bytes) -> bytes:
    """An echo request to every IPv6 neighbour, from the link-local address that follows from the MAC."""
    return _icmp6(mac, link_local(mac), ALL_NODES, struct.pack("!BBHHH", ECHO, 0, 0, 0xC0DE, 1), hops=1)


def link_local(mac: bytes) -> IPv6Address:
    """The link-local address that follows from a MAC (RFC 4291, appendix A)."""
    return IPv6Address(b"\xfe\x80" + bytes(6) + bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:])


def _icmp6(mac: bytes, source: IPv6Address, target: IPv6Address, body: bytes, *, hops: int) -> bytes:
    pseudo = source.packed + target.packed + struct.pack("!II", len(body), ICMP6)
    words = struct.unpack(f"!{(len(pseudo) + len(body)) // 2}H", pseudo + body)
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    body = body[:2] + struct.pack("!H", ~total & 0xFFFF) + body[4:]
    header = struct.pack("!IHBB", 6 << 28, len(body), ICMP6, hops) + source.packed + target.packed
    return b"\x33\x33" + target.packed[12:] + mac + struct.pack("!H", IPV6) + header + body


def read_frame(frame: bytes, mac: bytes) -> tuple[str, str, str]:
    """(source MAC, sort, words) of a frame heard by the leg with that MAC; `sort` names the probe that it answers.

    arp: a reply to a probe; nd: an advertisement; echo: the reply to an echo, or a neighbour that asks for us to send
    one; heard: anything else.
    """
    frame = frame.ljust(80, b"\0")  # one that is cut short is read as if zeros followed
    source, kind = frame[6:12].hex(":"), int.from_bytes(frame[12:14], "big")
    if kind == ARP:
        operation, sender, target = frame[21], IPv4Address(frame[28:32]), IPv4Address(frame[38:42])
        if operation == ARP_REPLY:
            return source, "arp", f"{sender} is here"
        return source, "heard", f"ARP: {sender} asks for {target}"
    if kind == IPV6:
        return source, *_read_ipv6(frame, mac)
    if kind == IPV4:
        return source, "heard", f"IPv4 {IPv4Address(frame[26:30])} to {IPv4Address(frame[30:34])}, protocol {frame[23]}"
    return source, "heard", f"a frame of type 0x{kind:04x}"


def _read_ipv6(frame: bytes, mac: bytes) -> tuple[str, str]:
    sender, target = IPv6Address(frame[22:38]), IPv6Address(frame[38:54])
    sort = frame[54] if frame[20] == ICMP6 else None
    if sort == ADVERT:
        return "nd", f"{IPv6Address(frame[62:78])} is here"
    if sort == ECHO_REPLY or (sort == SOLICIT and frame[62:78] == link_local(mac).packed):
        return "echo", f"{sender} answers an echo"
    return "heard", f"IPv6 {sender} to {target}, next header {frame[20]}"


class Link:
    """A raw socket on one interface, which hears every frame that the switch brings."""

    def __init__(self, interface: str) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
        self._socket.bind((interface, 0))
        member = struct.pack("IHH8s", socket.if_nametoindex(interface), _PROMISCUOUS, 0, b"")
        self._socket.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, member)
        self.mac: bytes = self._socket.getsockname()[4]

    def send(self, frame: bytes) -> None:
        """Send a frame as it is."""
        self._socket.send(frame)

    def hear(self, seconds: float) -> Iterator[tuple[str, str, str]]:
        """Each frame of others that arrives within so many seconds."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._socket], [], [], left)[0]:
                return
            frame, (_, _, sort, *_) = self._socket.recvfrom(2048)
            if sort != _OUTGOING:
                yield read_frame(frame, self.mac)


def sweep(order: dict[str, Any], link: Link) -> dict[str, Any]:
    """Probe for neighbours as `order` says: {arp: addresses, nd: addresses, echo: bool, seconds}; what was seen."""
    probes = [arp_probe(link.mac, target) for target in order["arp"]]
    probes += [solicitation(link.mac, target) for target in order["nd"]]
    probes += [echo_to_all(link.mac)] if order["echo"] else []
    seen: dict[tuple[str, str], str] = {}

    def note(seconds: float) -> None:
        for mac, sort, words in link.hear(seconds):
            seen.setdefault((mac, sort), words)

    for frame in probes:
        link.send(frame)
        note(PACE_SECONDS)
    note(order["seconds"])
    sightings = [{"mac": mac, "probe": sort, "words": words} for (mac, sort), words in sorted(seen.items())]
    return {"sent": len(probes), "sightings": sightings}


class Record:
    """A file of JSON lines: who was heard for the first time and how, and each second a heartbeat."""

    def __init__(
        self, file: TextIO, clock: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._file, self._clock, self._steady = file, clock, steady
        self._seen: set[tuple[str, str]] = set()
        self._controlled = False

    def hear(self, mac: str, sort: str, words: str, *, control: str) -> None:
        """Note a frame; `control` is the address whose answers show that we hear."""
        self._controlled = self._controlled or (sort == "arp" and words == f"{control} is here")
        if (mac, sort) not in self._seen and len(self._seen) < MOST_SIGHTINGS:
            self._seen.add((mac, sort))
            self._write({"at": self._clock(), "mac": mac, "probe": sort, "words": words})

    def beat(self, trouble: str = "") -> None:
        """Note that we are there, and whether the control was heard since the last beat."""
        line = {"at": self._clock(), "steady": self._steady(), "control": self._controlled}
        self._write({**line, "trouble": trouble} if trouble else line)
        self._controlled = False

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def listen(record: Record, control: str, targets: list[str]) -> NoReturn:
    """Record what the link brings, for ever; an interface that is gone is a heartbeat with trouble.

    Who would be silent by itself is asked: each beat begins with probes for the control, the targets and IPv6.
    """
    link: Link | None = None
    while True:
        began, trouble = time.monotonic(), ""
        try:
            link = link or Link(LEG)
            for frame in (*(arp_probe(link.mac, one) for one in (control, *targets)), echo_to_all(link.mac)):
                link.send(frame)
            for mac, sort, words in link.hear(BEAT_SECONDS):
                record.hear(mac, sort, words, control=control)
        except OSError as error:
            link, trouble = None, str(error)
            time.sleep(max(0.0, began + BEAT_SECONDS - time.monotonic()))
        record.beat(trouble)


def print_record(path: Path, *, follow: bool) -> None:
    """Print the record's lines, nothing where there is none; for who follows, an empty line ends what was there."""
    file = path.open(encoding="utf-8") if path.exists() else None
    if file:
        sys.stdout.write(file.read())
    if follow:
        print(flush=True)
    while file and follow:
        time.sleep(BEAT_SECONDS / 4)
        sys.stdout.write(file.read())
        sys.stdout.flush()


def stream(address: str, port: int, *, announce: bool) -> None:
    """Connect, then pass bytes both ways until the far side has ended; the exit code says why it could not."""
    try:
        connection = socket.create_connection((address, port), timeout=CONNECT_SECONDS)
    except ConnectionRefusedError as error:
        sys.exit(_complain(f"{address}:{port}: {error.strerror}", code=4))
    except OSError as error:
        sys.exit(_complain(f"{address}:{port}: {error.strerror or 'no answer'}", code=5))
    connection.settimeout(None)
    if announce:
        os.write(1, b"open\n")
    threading.Thread(target=_send_all, args=(connection,), daemon=True).start()
    try:
        while piece := connection.recv(65536):
            while piece:
                piece = piece[os.write(1, piece) :]
    except OSError as error:
        sys.exit(_complain(f"{address}:{port}: {error.strerror}", code=5))


def _send_all(connection: socket.socket) -> None:
    try:
        while piece := os.read(0, 65536):
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        return


# Namespaces: the adapter comes disconnected, so that this host never speaks on it before it is in its namespace.


def hold(name: str, mac: str, addresses: list[str], *, forward: bool, decoy: bool) -> None:
    """Have the adapter with that MAC in the namespace, as leg0, with these addresses; again does nothing new."""
    if name not in held():
        _run("ip", "netns", "add", name)
    if mac not in _links("-n", name):
        interface = _links().get(mac)
        if interface is None:
            sys.exit(_complain(f"this host has no adapter with the address {mac}", code=NOT_YET))
        # One that was plugged in just now may be renamed under us: then it is looked for again.
        _run("ip", "link", "set", interface, "down", code=NOT_YET)
        _run("ip", "link", "set", interface, "netns", name, "name", LEG, code=NOT_YET)
    # A leg that is no decoy speaks only when it is made to: without IPv6 and without addresses, no frame of its own.
    _set_kernel(name, f"ipv6/conf/{LEG}/accept_ra", 0)
    # A solicitation from :: for an address that is being tried out would have the decoy give it up as a duplicate.
    _set_kernel(name, f"ipv6/conf/{LEG}/accept_dad", 0)
    _set_kernel(name, f"ipv6/conf/{LEG}/disable_ipv6", int(not decoy))
    _set_kernel(name, "ipv4/ip_forward", int(forward))
    for address in addresses:
        _run("ip", "-n", name, "address", "replace", address, "dev", LEG)
    for interface in ("lo", LEG):
        _run("ip", "-n", name, "link", "set", interface, "up")


def release(name: str) -> None:
    """End whatever runs in the namespace, by its control group, and remove it and its record."""
    subprocess.run(["systemctl", "stop", slice_of(name)], check=True, capture_output=True)
    if name in held():
        _run("ip", "netns", "delete", name)
    record_of(name).unlink(missing_ok=True)


def held() -> list[str]:
    """The namespaces of this host, in order."""
    listed = json.loads(_run("ip", "-json", "netns", "list") or "[]")
    return sorted(one["name"] for one in listed)


def slice_of(name: str) -> str:
    """The control group of all that runs in a namespace."""
    return f"cityops-{name.replace('-', '_')}.slice"


def record_of(name: str) -> Path:
    """Where what is heard in a namespace is recorded."""
    return FOLDER / f"{name}.jsonl"


def interface_of(address: str) -> str:
    """The interface that bears the IPv4 address."""
    for link in json.loads(_run("ip", "-json", "address")):
        if any(one.get("local") == address for one in link["addr_info"]):
            return str(link["ifname"])
    sys.exit(_complain(f"no interface of this host bears {address}", code=1))


def _links(*where: str) -> dict[str, str]:
    """The interfaces by their MAC."""
    return {link.get("address"): link["ifname"] for link in json.loads(_run("ip", *where, "-json", "link") or "[]")}


def _set_kernel(name: str, setting: str, value: int) -> None:
    path = f"/proc/sys/net/{setting}"  # of the namespace that the shell is in
    _run("nsenter", f"--net=/run/netns/{name}", "sh", "-c", f"[ ! -e {path} ] || echo {value} >{path}")


def _run(*argv: str, code: int = 1) -> str:
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(_complain(f"{' '.join(argv)}: {done.stderr.strip() or done.returncode}", code=code))
    return done.stdout


def _complain(words: str, *, code: int) -> int:
    sys.stderr.write(f"{words}\n")
    return code


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("hold")
    one.add_argument("name")
    one.add_argument("mac")
    one.add_argument("--address", action="append", default=[])
    one.add_argument("--forward", action="store_true")
    one.add_argument("--decoy", action="store_true")
    verbs.add_parser("release").add_argument("name")
    verbs.add_parser("list")
    verbs.add_parser("sweep")
    one = verbs.add_parser("listen")
    one.add_argument("name")
    one.add_argument("--control", required=True)
    one.add_argument("--target", action="append", default=[])
    one = verbs.add_parser("heard")
    one.add_argument("name")
    one.add_argument("--follow", action="store_true")
    one = verbs.add_parser("stream")
    one.add_argument("address")
    one.add_argument("port", type=int)
    one.add_argument("--announce", action="store_true")
    return parser.parse_args(words)


def main(words: list[str]) -> None:
    """Do what the command line says."""
    asked = arguments(words)
    if asked.verb == "hold":
        hold(asked.name, asked.mac.lower(), asked.address, forward=asked.forward, decoy=asked.decoy)
    elif asked.verb == "release":
        release(asked.name)
    elif asked.verb == "list":
        print("\n".join(held()))
    elif asked.verb == "sweep":
        order = json.load(sys.stdin)
        print(json.dumps(sweep(order, Link(interface_of(order["own"]) if order.get("own") else LEG))))
    elif asked.verb == "listen":
        FOLDER.mkdir(mode=0o700, exist_ok=True)
        with record_of(asked.name).open("a", encoding="utf-8") as file:
            listen(Record(file), asked.control, asked.target)
    elif asked.verb == "heard":
        print_record(record_of(asked.name), follow=asked.follow)
    else:
        stream(asked.address, asked.port, announce=asked.announce)


if __name__ == "__main__":
    main(sys.argv[1:])
