"""The kinds of value that only firewalls have: interfaces, ranges of both families, ranges of ports."""

from ipaddress import IPv6Network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from groundwork.estate.address_fields import PORT_PATTERN, RANGE_PATTERN, parse_range
from groundwork.estate.fields import ALONE, IN_WORDS, ONCE, any_alone, refuse, refuse_twice, schema_of
from groundwork.estate.shown import shown
from groundwork.model.firewall import AnyNetwork

INTERFACE_PATTERN = "^[a-z][a-z0-9.-]{0,14}$"  # IFNAMSIZ of linux/if.h, with its end
_NUMBER = PORT_PATTERN.partition("(tcp|udp)/")[2].removesuffix(")$")
PORT_RANGE_PATTERN = f"^(any|(tcp|udp)/{_NUMBER}(-{_NUMBER})?)$"
IN_WORDS[INTERFACE_PATTERN] = "an interface's name of at most 15 characters, like eth1 or bond0.300"
IN_WORDS[PORT_RANGE_PATTERN] = "a protocol and ports from 1 to 65535 like tcp/443 or udp/5000-5010, or any"

_WIDEST_V6 = 16
_V6_LENGTH = "(1[6-9]|[2-9][0-9]|1[01][0-9]|12[0-8])"
_V6_PATTERN = f"(?!f[ef])[1-9a-f][0-9a-f]{{0,3}}(:[0-9a-f]{{0,4}}){{2,7}}/{_V6_LENGTH}"
_ANY_RANGE_PATTERN = f"^({RANGE_PATTERN[1:-1]}|{_V6_PATTERN})$"


def _parse_any_range(text: object) -> AnyNetwork:
    if not isinstance(text, str) or ":" not in text:
        return parse_range(text)
    example = "write one like 2001:db8:30::/48"
    try:
        cidr = IPv6Network(text)
    except ValueError as error:
        raise refuse(f"is {shown(text)}, not an IPv6 range of the form address/length", example) from error
    if str(cidr) != text:
        raise refuse(f"is {shown(text)}, which is written otherwise", f"write {cidr}")
    if cidr.prefixlen < _WIDEST_V6:
        raise refuse(f"is {shown(text)}, wider than /{_WIDEST_V6}", "write the addresses that are meant")
    if cidr.is_multicast or cidr.is_link_local or cidr.is_loopback or cidr.is_unspecified:
        raise refuse(f"is {shown(text)}, which no machine behind a firewall has", example)
    return cidr


def _refuse_backwards(text: str) -> str:
    first, dash, last = text.partition("/")[2].partition("-")
    if dash and int(first) >= int(last):
        raise refuse(f"is {shown(text)}, which ends where it begins or before", "write the lower port first")
    return text


Interface = Annotated[str, Field(pattern=INTERFACE_PATTERN), schema_of(INTERFACE_PATTERN)]
Interfaces = Annotated[tuple[Interface, ...], AfterValidator(refuse_twice), ONCE]
AnyRange = Annotated[
    AnyNetwork, BeforeValidator(_parse_any_range), schema_of(_ANY_RANGE_PATTERN, examples=["2001:db8:30::/48"])
]
AnyRanges = Annotated[tuple[AnyRange, ...], AfterValidator(refuse_twice), ONCE]
PortRange = Annotated[
    str,
    Field(pattern=PORT_RANGE_PATTERN),
    AfterValidator(_refuse_backwards),
    schema_of(PORT_RANGE_PATTERN, examples=["tcp/443", "udp/5000-5010"]),
]
PortRanges = Annotated[tuple[PortRange, ...], AfterValidator(refuse_twice), AfterValidator(any_alone), ALONE]
