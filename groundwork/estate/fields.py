"""The kinds of value that the estate's files hold, how each is written, and what is said when it is not."""

import re
from datetime import date, timedelta
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from groundwork.model.machine import Adapter

T = TypeVar("T")

OUR_ERROR = "cityops"

NAME_PATTERN = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
CONTACT_PATTERN = "^[a-z0-9][a-z0-9.+-]*@[a-z0-9][a-z0-9.-]*$"
MAC_PATTERN = "^([0-9a-f]{2}:){5}[0-9a-f]{2}$"
PORT_PATTERN = "^(any|(tcp|udp)/[1-9][0-9]{0,4})$"
PATH_PATTERN = "^/"
VCENTER_NAME_PATTERN = r"^\S(.{0,78}\S)?$"
VCENTER_PATH_PATTERN = r"^[^\s/]([^/]*[^\s/])?(/[^\s/]([^/]*[^\s/])?)*$"
GUEST_TYPE_PATTERN = "^[A-Za-z0-9_]{1,64}$"
ADAPTERS_PATTERN = (
    "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(/([0-9a-f]{2}:){5}[0-9a-f]{2})?"
    "( +[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(/([0-9a-f]{2}:){5}[0-9a-f]{2})?)*$"
)
UUID_PATTERN = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
IN_WORDS = {
    NAME_PATTERN: "a name of lower case letters, digits and hyphens, 63 at most",
    CONTACT_PATTERN: "a role's mail address in lower case, like ops@agency.example",
    MAC_PATTERN: "six pairs of hexadecimal digits in lower case with colons, like 02:00:0a:0a:28:0a",
    PORT_PATTERN: "a protocol and a port like tcp/443 or udp/53, or any",
    PATH_PATTERN: "a path that begins with /",
    VCENTER_NAME_PATTERN: "a name as the vCenter shows it, 80 characters at most",
    VCENTER_PATH_PATTERN: "names as the vCenter shows them with / between them, and %2f for a / within a name",
    GUEST_TYPE_PATTERN: "a guest identifier of vSphere, like debian12_64Guest",
    UUID_PATTERN: "a UUID in lower case, like 502e71fa-1a0b-4c0d-8f0e-2b1c3d4e5f60",
}

_DURATION = re.compile(r"([1-9][0-9]{0,4})(s|m|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def refuse(what: str, what_to_do: str) -> PydanticCustomError:
    """An error of a field in the estate's own words."""
    return PydanticCustomError(OUR_ERROR, "{what}; {what_to_do}", {"what": what, "what_to_do": what_to_do})


def _written(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def parse_duration(text: object) -> timedelta:
    """``15m``, ``4h``, ``13w`` as a timedelta."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise refuse(f"{_written(text)} is not a duration", "write one like 15m, 4h, 2d or 13w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def format_duration(duration: timedelta) -> str:
    """A timedelta as the estate writes it, in the largest unit that keeps it whole."""
    seconds = int(duration.total_seconds())
    for unit, size in (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _parse_address(text: object) -> IPv4Address:
    try:
        return IPv4Address(text) if isinstance(text, str) else _no(text)
    except ValueError:
        raise refuse(f"{_written(text)} is not an IPv4 address", "write one like 10.10.0.20") from None


def _parse_network(text: object) -> IPv4Network:
    try:
        return IPv4Network(text) if isinstance(text, str) and "/" in text else _no(text)
    except ValueError as error:
        if "host bits" in str(error):
            meant = IPv4Network(str(text), strict=False)
            raise refuse(f"{_written(text)} has bits set beyond its length", f"write {meant}") from None
        raise refuse(f"{_written(text)} is not an IPv4 network", "write one like 10.10.0.0/24") from None


def _parse_day(text: object) -> date:
    try:
        if isinstance(text, str) and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise refuse(f"{_written(text)} is not a day", "write one like 2025-11-03")


def _parse_adapters(text: object) -> tuple[Adapter, ...]:
    """``NETWORK`` or ``NETWORK/MAC`` for each card, with blanks between them."""
    if not isinstance(text, str) or not re.fullmatch(ADAPTERS_PATTERN, text):
        raise refuse(f"{_written(text)} is not a list of network cards", "write one like: office/00:50:56:01:02:03 dmz")
    parted = [card.partition("/") for card in text.split()]
    return tuple(Adapter(network=network, mac=mac) for network, _, mac in parted)


def _no(text: object) -> "IPv4Address & IPv4Network":  # type: ignore[valid-type]  # never returns
    raise ValueError(text)


def _refuse_bool(value: object) -> object:
    if isinstance(value, bool):
        raise refuse(f"{str(value).lower()} is not a whole number", "write a number")
    return value


def _refuse_port(text: str) -> str:
    if text != "any" and int(text.partition("/")[2]) > 65535:  # noqa: PLR2004 - the largest port there is
        raise refuse(f'"{text}" is beyond the last port', "write tcp/ or udp/ and a number up to 65535")
    return text


def _refuse_unprintable(text: str) -> str:
    if not text.isprintable():
        raise refuse("it holds a line break or a control character", "write it on one line, in plain text")
    return text


def refuse_twice(items: tuple[T, ...]) -> tuple[T, ...]:
    """Items of a list as they are, each given once."""
    seen: set[T] = set()
    for item in items:
        if item in seen:
            raise refuse(f"{_written(item)} is listed twice", "keep one of the two")
        seen.add(item)
    return items


Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Names = Annotated[tuple[Name, ...], AfterValidator(refuse_twice)]
Text = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_refuse_unprintable)]
Count = Annotated[int, Field(ge=1, le=10_000_000), BeforeValidator(_refuse_bool)]
PagePath = Annotated[str, Field(pattern=PATH_PATTERN)]
Tier = Annotated[int, Field(ge=1, le=4), BeforeValidator(_refuse_bool)]
PortNumber = Annotated[int, Field(ge=1, le=65535), BeforeValidator(_refuse_bool)]
Vlan = Annotated[int, Field(ge=1, le=4094), BeforeValidator(_refuse_bool)]
VCenterName = Annotated[str, Field(pattern=VCENTER_NAME_PATTERN), AfterValidator(_refuse_unprintable)]
VCenterPath = Annotated[str, Field(max_length=400, pattern=VCENTER_PATH_PATTERN), AfterValidator(_refuse_unprintable)]
GuestType = Annotated[str, Field(pattern=GUEST_TYPE_PATTERN)]
Uuid = Annotated[str, Field(pattern=UUID_PATTERN)]
Adapters = Annotated[
    tuple[Adapter, ...],
    BeforeValidator(_parse_adapters),
    WithJsonSchema(
        {"type": "string", "pattern": ADAPTERS_PATTERN, "examples": ["office", "office/00:50:56:01:02:03 dmz"]}
    ),
]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,4}[smhdw]$", "examples": ["15m", "4h", "13w"]}),
]
Address = Annotated[IPv4Address, BeforeValidator(_parse_address), WithJsonSchema({"type": "string", "format": "ipv4"})]
Range = Annotated[
    IPv4Network,
    BeforeValidator(_parse_network),
    WithJsonSchema({"type": "string", "pattern": "^[0-9.]+/[0-9]{1,2}$", "examples": ["10.10.0.0/24"]}),
]
Day = Annotated[date, BeforeValidator(_parse_day), WithJsonSchema({"type": "string", "format": "date"})]
Contact = Annotated[str, Field(pattern=CONTACT_PATTERN)]
Mac = Annotated[str, Field(pattern=MAC_PATTERN)]
Port = Annotated[str, Field(pattern=PORT_PATTERN), AfterValidator(_refuse_port)]
