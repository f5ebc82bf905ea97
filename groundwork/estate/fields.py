"""The kinds of value that the estate's files hold, how each is written, and what is said when it is not.

Each kind has one spelling for one value, and its JSON Schema refuses what reading
refuses, as far as JSON Schema can say.
"""

import re
from datetime import date, timedelta
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from groundwork.estate.shown import shown
from groundwork.files.unseen import NOT_IN_TEXT, find_not_in_text, name_character
from groundwork.model.window import WEEKLY_PATTERN, ZONE_PATTERN, is_weekly, is_zone

T = TypeVar("T")

OUR_ERROR = "cityops"
LARGEST_COUNT = 10_000_000
LONGEST_TEXT = 300

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_TOP_LABEL = "[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
NAME_PATTERN = f"^{_LABEL}$"
DOMAIN_PATTERN = rf"^({_LABEL}\.)*{_TOP_LABEL}$"
CONTACT_PATTERN = rf"^[a-z0-9]+([.+_-][a-z0-9]+)*@({_LABEL}\.)+{_TOP_LABEL}$"
PATH_PATTERN = r"^/([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*$"
TEXT_PATTERN = f"^[^ {NOT_IN_TEXT}]([^{NOT_IN_TEXT}]*[^ {NOT_IN_TEXT}])?$"
_KEY = "[A-Za-z0-9+/]"
SIGNER_PATTERN = (
    f"^(ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{_KEY}{{43}}"
    f"|sk-ssh-ed25519@openssh[.]com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAI{_KEY}{{43,200}}={{0,2}})"
    " [a-z0-9]([a-z0-9.@_-]{0,61}[a-z0-9])?$"
)
USER_PATTERN = "^[a-z_][a-z0-9_-]{0,31}$"
IN_WORDS = {
    NAME_PATTERN: "a name of lower case letters, digits and hyphens, 63 at most",
    DOMAIN_PATTERN: "a domain of lower case letters, digits, hyphens and dots, like office.city.example",
    USER_PATTERN: "a user's name as Unix has them, like backup-agent",
    CONTACT_PATTERN: "a role's mail address in lower case, like ops@agency.example",
    SIGNER_PATTERN: "a line `ssh-ed25519 AAAA… NAME` (or sk-ssh-ed25519@openssh.com), the name in lower case",
    PATH_PATTERN: "a path that begins with /, in the characters of a URL (others as %E4%B8%AD)",
}

_LONGEST_LOCAL_PART = 64  # octets of a mail address before the @ (RFC 5321)
_LONGEST_CONTACT = 254
_LONGEST_DOMAIN = 253  # octets of a DNS name as written (RFC 1035)
_LONGEST_SSID_OCTETS = 32  # IEEE 802.11
_DURATION_PATTERN = "^([1-9][0-9]{0,4}[smh]|[1-9][0-9]{0,3}d|[1-9][0-9]{0,2}w)$"  # below 2^32 seconds, as DHCP counts
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_DAY_PATTERN = (
    "^20[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))$"
    "|^20([02468][048]|[13579][26])-02-29$"
)


def refuse(what: str, what_to_do: str) -> PydanticCustomError:
    """An error of a field in the estate's own words: `what` follows the field's name."""
    return PydanticCustomError(OUR_ERROR, "{what}; {what_to_do}", {"what": what, "what_to_do": what_to_do})


def schema_of(pattern: str, **more: JsonValue) -> WithJsonSchema:
    """The JSON Schema of a text of that pattern."""
    spelled = re.sub(r"\\U([0-9A-F]{8})", lambda found: chr(int(found[1], 16)), pattern)
    return WithJsonSchema({"type": "string", "pattern": _exact(spelled), **more})


def _exact(pattern: str) -> str:
    """A pattern whose end is the text's end in every dialect: Python's ``$`` also stands before a last line break."""
    return re.sub(r"\$(?=$|\|)", r"$(?!\\n)", pattern)


def refuse_twice(items: tuple[T, ...]) -> tuple[T, ...]:
    """Items of a list as they are, each given once."""
    seen: set[T] = set()
    for item in items:
        if item in seen:
            raise refuse(f"lists {shown(item)} twice", "keep one of the two")
        seen.add(item)
    return items


def any_alone(items: tuple[str, ...]) -> tuple[str, ...]:
    """Items of a list as they are; ``any`` stands alone."""
    if "any" in items and len(items) > 1:
        raise refuse("lists any beside others", "write [any], or leave it out")
    return items


def parse_duration(text: object) -> timedelta:
    """``15m``, ``4h``, ``13w`` as a timedelta."""
    if not isinstance(text, str) or not re.fullmatch(_DURATION_PATTERN, text):
        raise refuse(f"is {shown(text)}, not a duration", "write one like 15m, 4h, 2d or 13w")
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def format_duration(duration: timedelta) -> str:
    """A timedelta as the estate writes it, in the largest unit that keeps it whole."""
    seconds = int(duration.total_seconds())
    for unit, size in (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def unfit_text(text: str) -> tuple[str, str]:
    """Why a text is none, and what to do."""
    found = find_not_in_text(text)
    if found:
        what_to_do = "write a plain space" if found.group().isspace() and found.group() not in "\n\r" else "remove it"
        return f"holds {name_character(found.group())} at character {found.start() + 1}", what_to_do
    if not text.strip():
        return "holds nothing but blanks", "write something"
    return "begins or ends with a blank", "remove it"


def _parse_day(text: object) -> date:
    try:
        if isinstance(text, str) and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise refuse(f"is {shown(text)}, not a day from 2000 to 2099", "write one like 2025-11-03")


def _refuse_no_zone(text: object) -> object:
    if not isinstance(text, str) or not is_zone(text):
        raise refuse(f"is {shown(text)}, not a time zone of the IANA database", "write one like Asia/Taipei")
    return text


def _refuse_no_weekly_time(text: object) -> object:
    if not isinstance(text, str) or not is_weekly(text):
        like = "sat 22:00-04:00 or mon-fri 01:00-05:30, midnight at the end as 24:00"
        raise refuse(f"is {shown(text)}, not a weekly time", f"write one like {like}")
    return text


def _refuse_long_local_part(text: str) -> str:
    if text.index("@") > _LONGEST_LOCAL_PART:
        raise refuse(f"has more than {_LONGEST_LOCAL_PART} characters before the @", "write a shorter address")
    return text


def _refuse_many_octets(text: str) -> str:
    octets = len(text.encode())
    if octets > _LONGEST_SSID_OCTETS:
        limit = f"an SSID has at most {_LONGEST_SSID_OCTETS} (a Chinese character takes 3)"
        raise refuse(f"has {octets} octets in UTF-8", f"shorten it: {limit}")
    return text


TEXT_SCHEMA_PATTERN = f"^(?! )(?!.* $)[^{NOT_IN_TEXT}]+$"
_WIDE = "[\u0800-\U0010ffff]"  # three octets or more in UTF-8, so that eleven are too many

EXACT_NAME_PATTERN = _exact(NAME_PATTERN)

Name = Annotated[str, Field(pattern=NAME_PATTERN), schema_of(NAME_PATTERN)]
ONCE = Field(json_schema_extra={"uniqueItems": True})
ALONE = Field(json_schema_extra={"uniqueItems": True, "anyOf": [{"maxItems": 1}, {"items": {"not": {"const": "any"}}}]})
Names = Annotated[tuple[Name, ...], AfterValidator(refuse_twice), ONCE]
NamesOrAny = Annotated[tuple[Name, ...], AfterValidator(refuse_twice), AfterValidator(any_alone), ALONE]
Text = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_TEXT, pattern=TEXT_PATTERN),
    schema_of(TEXT_SCHEMA_PATTERN, maxLength=LONGEST_TEXT),
]
Ssid = Annotated[
    Text,
    AfterValidator(_refuse_many_octets),
    schema_of(f"^(?!(.*{_WIDE}){{11}}){TEXT_SCHEMA_PATTERN[1:]}", maxLength=_LONGEST_SSID_OCTETS),
]
Count = Annotated[int, Strict(), Field(ge=1, le=LARGEST_COUNT)]
Tier = Annotated[int, Strict(), Field(ge=1, le=4)]
PortNumber = Annotated[int, Strict(), Field(ge=1, le=65535)]
Vlan = Annotated[int, Strict(), Field(ge=1, le=4094)]
VrrpPriority = Annotated[int, Strict(), Field(ge=1, le=254)]
Latitude = Annotated[float, Strict(), Field(ge=20, le=27, allow_inf_nan=False)]
Longitude = Annotated[float, Strict(), Field(ge=116, le=124, allow_inf_nan=False)]
YesNo = Annotated[bool, Strict()]
PagePath = Annotated[
    str, Field(max_length=LONGEST_TEXT, pattern=PATH_PATTERN), schema_of(PATH_PATTERN, maxLength=LONGEST_TEXT)
]
Domain = Annotated[
    str, Field(max_length=_LONGEST_DOMAIN, pattern=DOMAIN_PATTERN), schema_of(DOMAIN_PATTERN, maxLength=_LONGEST_DOMAIN)
]
SignerLine = Annotated[str, Field(pattern=SIGNER_PATTERN), schema_of(SIGNER_PATTERN)]
UserName = Annotated[str, Field(pattern=USER_PATTERN), schema_of(USER_PATTERN)]
Contact = Annotated[
    str,
    Field(max_length=_LONGEST_CONTACT, pattern=CONTACT_PATTERN),
    AfterValidator(_refuse_long_local_part),
    schema_of(f"^(?=.{{1,{_LONGEST_LOCAL_PART}}}@){CONTACT_PATTERN[1:]}", maxLength=_LONGEST_CONTACT),
]
Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), schema_of(_DURATION_PATTERN, examples=["15m", "4h", "13w"])
]
Day = Annotated[date, BeforeValidator(_parse_day), schema_of(_DAY_PATTERN, examples=["2025-11-03"])]
TimeZone = Annotated[
    str, BeforeValidator(_refuse_no_zone), schema_of(ZONE_PATTERN, examples=["Asia/Taipei", "Europe/Berlin"])
]
WeeklyTime = Annotated[
    str, BeforeValidator(_refuse_no_weekly_time), schema_of(WEEKLY_PATTERN, examples=["sat 22:00-04:00"])
]
