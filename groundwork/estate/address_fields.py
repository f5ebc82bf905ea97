"""The kinds of address that the estate's files hold: IPv4 addresses and ranges, MACs, ports."""

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from groundwork.estate.fields import ALONE, IN_WORDS, ONCE, any_alone, refuse, refuse_twice, schema_of
from groundwork.estate.shown import shown

_WIDEST = 8
_WIDEST_SOURCE = 16

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_SPECIAL = r"(?!0\.|127\.|169\.254\.|22[4-9]\.|23[0-9]\.|24[0-9]\.|25[0-5]\.)"
ADDRESS_PATTERN = rf"^{_SPECIAL}({_OCTET}\.){{3}}{_OCTET}$"
_LONGER_THAN_16 = (
    rf"({_OCTET}\.){{3}}0/(1[7-9]|2[0-4])",
    rf"({_OCTET}\.){{3}}{_OCTET}/(2[5-9]|3[0-2])",
)
RANGE_PATTERN = "^{}({})$".format(
    _SPECIAL, "|".join((rf"{_OCTET}(\.0){{3}}/8", rf"({_OCTET}\.){{2}}0\.0/(9|1[0-6])", *_LONGER_THAN_16))
)
SOURCE_PATTERN = "^{}({})$".format(_SPECIAL, "|".join((rf"({_OCTET}\.){{2}}0\.0/16", *_LONGER_THAN_16)))
MAC_PATTERN = "^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$"
PORT_PATTERN = (
    "^(any|(tcp|udp)/(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))$"
)
IN_WORDS[MAC_PATTERN] = "the six pairs of one device in lower case with colons, like 02:00:0a:0a:28:0a"
IN_WORDS[PORT_PATTERN] = "a protocol and a port from 1 to 65535 like tcp/443 or udp/53, or any"

_THIS_NETWORK, _LOOPBACK, _MULTICAST, _RESERVED = 0, 127, 224, 240
_LINK_LOCAL = 169 << 8 | 254
_EVERYONE = 0xFFFFFFFF


def _special(address: IPv4Address) -> str | None:
    """What an address is for, when it can be no machine's."""
    number = int(address)
    first = number >> 24
    if first in {_THIS_NETWORK, _LOOPBACK}:
        return "loopback" if first else "unspecified (0.0.0.0/8)"
    if first >= _MULTICAST:
        broadcast = "broadcast" if number == _EVERYONE else "reserved (240.0.0.0/4)"
        return broadcast if first >= _RESERVED else "multicast"
    return "link-local" if number >> 16 == _LINK_LOCAL else None


def _parse_address(text: object) -> IPv4Address:
    example = "write one like 10.10.0.20"
    try:
        address = IPv4Address(text) if isinstance(text, str) else None
    except ValueError:
        address = None
    if address is None:
        raise refuse(f"is {shown(text)}, not an IPv4 address", example)
    special = _special(address)
    if special:
        raise refuse(f"is {shown(text)}, which is {special}", f"{example}, which one machine can have")
    return address


def parse_range(text: object, *, widest: int = _WIDEST) -> IPv4Network:
    """A range of IPv4, at most as wide as `widest`; refused in the estate's own words."""
    example = "write one like 10.10.0.0/24"
    address, _, length = text.partition("/") if isinstance(text, str) else ("", "", "")
    try:
        cidr = IPv4Network(f"{address}/{int(length)}", strict=False) if length.isascii() else None
    except ValueError:
        cidr = None
    if cidr is None or length != str(cidr.prefixlen):
        raise refuse(f"is {shown(text)}, not an IPv4 range of the form address/length", example)
    special = _special(cidr.network_address)
    if cidr.prefixlen < widest and (special is None or not int(cidr.network_address)):
        raise refuse(
            f"is {shown(text)}, wider than /{widest}", f"write the addresses that are meant, /{widest} or longer"
        )
    if special:
        raise refuse(f"is {shown(text)}, which is {special}", f"{example}, of addresses that machines can have")
    if str(cidr) != text:
        raise refuse(f"is {shown(text)}, with bits set beyond its length", f"write {cidr}")
    return cidr


def _parse_source(text: object) -> IPv4Network:
    return parse_range(text, widest=_WIDEST_SOURCE)


def _refuse_no_device(text: str) -> str:
    if not text.strip("0:"):
        raise refuse(f'is "{text}", which is no device', f"write {IN_WORDS[MAC_PATTERN]}")
    return text


Address = Annotated[IPv4Address, BeforeValidator(_parse_address), schema_of(ADDRESS_PATTERN, examples=["10.10.0.20"])]
Addresses = Annotated[tuple[Address, ...], AfterValidator(refuse_twice), ONCE]
Range = Annotated[IPv4Network, BeforeValidator(parse_range), schema_of(RANGE_PATTERN, examples=["10.10.0.0/24"])]
Source = Annotated[IPv4Network, BeforeValidator(_parse_source), schema_of(SOURCE_PATTERN, examples=["192.0.2.0/29"])]
Sources = Annotated[tuple[Source, ...], AfterValidator(refuse_twice), ONCE]
Mac = Annotated[
    str, Field(pattern=MAC_PATTERN), AfterValidator(_refuse_no_device), schema_of(f"^(?!00(:00){{5}}){MAC_PATTERN[1:]}")
]
Port = Annotated[str, Field(pattern=PORT_PATTERN), schema_of(PORT_PATTERN, examples=["tcp/443", "any"])]
Ports = Annotated[tuple[Port, ...], AfterValidator(refuse_twice), AfterValidator(any_alone), ALONE]
