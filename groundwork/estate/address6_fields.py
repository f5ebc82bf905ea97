"""The kinds of IPv6 address that the estate's files hold, each in the one spelling of RFC 5952."""

from ipaddress import IPv6Address, IPv6Network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from groundwork.estate.fields import ONCE, refuse, refuse_twice, schema_of
from groundwork.estate.shown import shown

_WIDEST = 16
_LONGEST = 126  # room for a router and a client

_GROUP = "(0|[1-9a-f][0-9a-f]{0,3})"
_GROUPS = 8
_SHORTENED = "|".join(
    f"{_GROUP}(:{_GROUP}){{{before - 1}}}::" + (f"({_GROUP}(:{_GROUP}){{0,{5 - before}}})?" if before <= 5 else "")  # noqa: PLR2004 - :: stands for two groups or more
    for before in range(1, _GROUPS - 1)
)
_ADDRESS = f"({_GROUP}(:{_GROUP}){{7}}|{_SHORTENED})"
ADDRESS6_PATTERN = f"^(?![0:]*$)(?!f[e-f])(?!0:){_ADDRESS}$"
RANGE6_PATTERN = f"^(?![0:]*/)(?!f[e-f])(?!0:){_ADDRESS}/(1[6-9]|[2-9][0-9]|1[01][0-9]|12[0-6])$"


def _special(address: IPv6Address) -> str | None:
    """What an address is for, when it can be no machine's of a network."""
    if address.is_multicast:
        return "multicast"
    if address.is_link_local or address.is_site_local:
        return "link-local or site-local"
    return "of ::/16 (unspecified, loopback, IPv4 in IPv6)" if int(address) >> 112 == 0 else None


def _parse_address(text: object) -> IPv6Address:
    example = "write one like 2001:db8:40::20"
    try:
        address = IPv6Address(text) if isinstance(text, str) and "%" not in text else None  # % names an interface
    except ValueError:
        address = None
    if address is None:
        raise refuse(f"is {shown(text)}, not an IPv6 address", example)
    if special := _special(address):
        raise refuse(f"is {shown(text)}, which is {special}", f"{example}, which one machine can have")
    if str(address) != text:
        raise refuse(f"is {shown(text)}, another spelling of an IPv6 address", f"write {address}")
    return address


def _parse_range(text: object) -> IPv6Network:
    example = "write one like 2001:db8:40::/64"
    try:
        prefix = IPv6Network(text, strict=False) if isinstance(text, str) and "/" in text and "%" not in text else None
    except ValueError:
        prefix = None
    if prefix is None:
        raise refuse(f"is {shown(text)}, not an IPv6 prefix of the form address/length", example)
    if not _WIDEST <= prefix.prefixlen <= _LONGEST:
        raise refuse(f"is {shown(text)}", f"write a length from /{_WIDEST} to /{_LONGEST}")
    if special := _special(prefix.network_address):
        raise refuse(f"is {shown(text)}, which is {special}", f"{example}, of addresses that machines can have")
    if str(prefix) != text:
        raise refuse(f"is {shown(text)}, another spelling or with bits set beyond its length", f"write {prefix}")
    return prefix


Address6 = Annotated[
    IPv6Address, BeforeValidator(_parse_address), schema_of(ADDRESS6_PATTERN, examples=["2001:db8:40::20"])
]
Addresses6 = Annotated[tuple[Address6, ...], AfterValidator(refuse_twice), ONCE]
Range6 = Annotated[IPv6Network, BeforeValidator(_parse_range), schema_of(RANGE6_PATTERN, examples=["2001:db8:40::/64"])]
