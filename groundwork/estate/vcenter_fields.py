"""The kinds of value that name something at a vCenter."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from groundwork.estate.address_fields import MAC_PATTERN
from groundwork.estate.fields import IN_WORDS, NAME_PATTERN, TEXT_PATTERN, TEXT_SCHEMA_PATTERN, refuse, schema_of
from groundwork.estate.shown import shown
from groundwork.files.unseen import NOT_IN_TEXT
from groundwork.model.machine import Adapter

_LONGEST_NAME = 80
_LONGEST_PATH = 400

_STEP = f"[^ /{NOT_IN_TEXT}]([^/{NOT_IN_TEXT}]*[^ /{NOT_IN_TEXT}])?"
PATH_PATTERN = f"^{_STEP}(/{_STEP})*$"
_PATH_SCHEMA = f"^(?![ /])(?!.*[ /]$)(?!.*//)(?!.*/ )(?!.* /)[^{NOT_IN_TEXT}]+$"
GUEST_TYPE_PATTERN = "^[A-Za-z0-9_]{1,64}$"
UUID_PATTERN = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_CARD = f"{NAME_PATTERN[1:-1]}(/(?!00(:00){{5}}){MAC_PATTERN[1:-1]})?"
ADAPTERS_PATTERN = f"^{_CARD}( +{_CARD})*$"
IN_WORDS[PATH_PATTERN] = "names as the vCenter shows them with / between them, and %2f for a / within a name"
IN_WORDS[GUEST_TYPE_PATTERN] = "a guest identifier of vSphere, like debian12_64Guest"
IN_WORDS[UUID_PATTERN] = "a UUID in lower case, like 502e71fa-1a0b-4c0d-8f0e-2b1c3d4e5f60"


def _parse_adapters(text: object) -> tuple[Adapter, ...]:
    """``NETWORK`` or ``NETWORK/MAC`` for each card, with blanks between them."""
    if not isinstance(text, str) or not re.fullmatch(ADAPTERS_PATTERN, text):
        raise refuse(f"is {shown(text)}, not a list of network cards", "write one like: office/00:50:56:01:02:03 dmz")
    parted = [card.partition("/") for card in text.split()]
    return tuple(Adapter(network=network, mac=mac) for network, _, mac in parted)


VCenterName = Annotated[
    str,
    Field(min_length=1, max_length=_LONGEST_NAME, pattern=TEXT_PATTERN),
    schema_of(TEXT_SCHEMA_PATTERN, maxLength=_LONGEST_NAME),
]
VCenterPath = Annotated[
    str,
    Field(min_length=1, max_length=_LONGEST_PATH, pattern=PATH_PATTERN),
    schema_of(_PATH_SCHEMA, maxLength=_LONGEST_PATH),
]
GuestType = Annotated[str, Field(pattern=GUEST_TYPE_PATTERN), schema_of(GUEST_TYPE_PATTERN)]
Uuid = Annotated[str, Field(pattern=UUID_PATTERN), schema_of(UUID_PATTERN)]
Adapters = Annotated[
    tuple[Any, ...],  # of Adapter: pydantic would take every dataclass apart
    BeforeValidator(_parse_adapters),
    schema_of(ADAPTERS_PATTERN, examples=["office", "office/00:50:56:01:02:03 dmz"]),
]
