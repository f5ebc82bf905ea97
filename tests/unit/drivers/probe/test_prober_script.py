"""The prober's program: what it reads in frames, what it records, and how it finds its arguments."""

import io
import json
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from tests.builders.prober_script import load_prober_script

script = load_prober_script()

OURS = bytes.fromhex("005056000001")
OTHER = bytes.fromhex("02aabbccddee")
OTHER_TEXT = "02:aa:bb:cc:dd:ee"


def arp_reply(address: str) -> bytes:
    body = bytes.fromhex("0001080006040002") + OTHER + IPv4Address(address).packed + OURS + bytes(4)
    return OURS + OTHER + b"\x08\x06" + body


def ipv6(sort: int, *, target: IPv6Address = script.ALL_NODES, asked: IPv6Address = script.UNSPECIFIED) -> bytes:
    source: IPv6Address = script.link_local(OTHER)
    header = bytes.fromhex("60000000") + b"\x00\x18\x3a\xff" + source.packed + target.packed
    return b"\x33\x33\x00\x00\x00\x01" + OTHER + b"\x86\xdd" + header + bytes([sort]) + bytes(7) + asked.packed


def test_a_probe_asks_everyone_from_no_address() -> None:
    frame = script.arp_probe(OURS, "10.3.0.1")
    assert frame[:14] == b"\xff" * 6 + OURS + b"\x08\x06"
    assert frame[28:32] == bytes(4)
    assert frame[38:42] == IPv4Address("10.3.0.1").packed


def test_a_solicitation_goes_to_the_group_of_its_target_from_no_address() -> None:
    frame = script.solicitation(OURS, "fe80::2aa:bbff:fecc:ddee")
    assert frame[:6].hex(":") == "33:33:ff:cc:dd:ee"
    assert IPv6Address(frame[22:38]) == IPv6Address("::")
    assert IPv6Address(frame[38:54]) == IPv6Address("ff02::1:ffcc:ddee")


def test_a_checksum_is_right_when_the_whole_sums_to_nothing() -> None:
    frame = script.echo_to_all(OURS)
    body, pseudo = frame[54:], frame[22:54] + len(frame[54:]).to_bytes(4, "big") + (58).to_bytes(4, "big")
    total = sum(int.from_bytes((pseudo + body)[at : at + 2], "big") for at in range(0, len(pseudo + body), 2))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF


@pytest.mark.parametrize(
    ("frame", "probe", "words"),
    [
        (arp_reply("10.3.0.1"), "arp", "10.3.0.1 is here"),
        (script.arp_probe(OTHER, "10.3.0.1"), "heard", "ARP: 0.0.0.0 asks for 10.3.0.1"),
        (ipv6(136, asked=IPv6Address("fe80::1")), "nd", "fe80::1 is here"),
        (ipv6(129), "echo", "fe80::aa:bbff:fecc:ddee answers an echo"),
        (ipv6(135, asked=script.link_local(OURS)), "echo", "fe80::aa:bbff:fecc:ddee answers an echo"),
        (ipv6(135), "heard", "IPv6 fe80::aa:bbff:fecc:ddee to ff02::1, next header 58"),
        (b"\xff" * 6 + OTHER + b"\x88\xcc", "heard", "a frame of type 0x88cc"),
        (b"\xff" * 6 + OTHER + b"\x00\x26BPDU", "heard", "a frame of type 0x0026"),
        (b"\xff" * 6 + OTHER + b"\x08\x06", "heard", "ARP: 0.0.0.0 asks for 0.0.0.0"),
    ],
)
def test_whatever_a_frame_is_it_has_a_source_and_words(frame: bytes, probe: str, words: str) -> None:
    assert script.read_frame(frame, OURS) == (OTHER_TEXT, probe, words)


def recorded(file: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.getvalue().splitlines()]


def test_a_record_holds_each_stranger_once_and_each_beat() -> None:
    file = io.StringIO()
    record = script.Record(file, clock=lambda: 7.0, steady=lambda: 3.0)
    for _ in range(3):
        record.hear(OTHER_TEXT, "arp", "10.3.0.1 is here", control="192.0.2.1")
    record.beat()
    record.hear("00:50:56:00:00:02", "arp", "192.0.2.1 is here", control="192.0.2.1")
    record.beat("the network is down")
    assert recorded(file) == [
        {"at": 7.0, "mac": OTHER_TEXT, "probe": "arp", "words": "10.3.0.1 is here"},
        {"at": 7.0, "steady": 3.0, "control": False},
        {"at": 7.0, "mac": "00:50:56:00:00:02", "probe": "arp", "words": "192.0.2.1 is here"},
        {"at": 7.0, "steady": 3.0, "control": True, "trouble": "the network is down"},
    ]


def test_a_control_of_long_ago_is_none_of_now() -> None:
    file = io.StringIO()
    record = script.Record(file)
    record.hear("00:50:56:00:00:02", "arp", "192.0.2.1 is here", control="192.0.2.1")
    record.beat()
    record.beat()
    assert [line["control"] for line in recorded(file) if "control" in line] == [True, False]


def test_a_flood_of_forged_addresses_does_not_fill_the_disk() -> None:
    file = io.StringIO()
    record = script.Record(file)
    for number in range(script.MOST_SIGHTINGS + 500):
        record.hear(f"{number:012x}", "heard", "noise", control="192.0.2.1")
    assert len(recorded(file)) == script.MOST_SIGHTINGS


def test_the_record_that_is_not_there_is_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script.print_record(tmp_path / "none.jsonl", follow=False)
    assert capsys.readouterr().out == ""


def test_a_slice_of_systemd_is_named_without_dashes_of_its_own() -> None:
    assert script.slice_of("p0a1b-decoy") == "cityops-p0a1b_decoy.slice"
