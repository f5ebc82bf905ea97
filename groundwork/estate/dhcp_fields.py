"""The kinds of value that only the file about DHCP holds: identifiers of clients and of subnets."""

from typing import Annotated

from pydantic import Field, Strict

from groundwork.estate.fields import IN_WORDS, schema_of

HIGHEST_SUBNET_ID = 4_294_967_294  # Kea keeps 0 and the highest 32-bit number for itself

_PAIR = "[0-9a-f]{2}"
CLIENT_ID_PATTERN = f"^{_PAIR}(:{_PAIR}){{1,127}}$"
DUID_PATTERN = f"^{_PAIR}(:{_PAIR}){{2,127}}$"  # its type, and something
MAC_PREFIX_PATTERN = f"^{_PAIR}(:{_PAIR}){{2}}$"
IN_WORDS[CLIENT_ID_PATTERN] = "2 to 128 octets in hex, lower case with colons, like 01:02:00:0a:0a:28:0a"
IN_WORDS[DUID_PATTERN] = "3 to 128 octets in hex, lower case with colons, like 00:03:00:01:02:00:0a:0a:28:0a"
IN_WORDS[MAC_PREFIX_PATTERN] = "three pairs in lower case with colons, like 00:04:1a"

ClientId = Annotated[str, Field(pattern=CLIENT_ID_PATTERN), schema_of(CLIENT_ID_PATTERN)]
Duid = Annotated[str, Field(pattern=DUID_PATTERN), schema_of(DUID_PATTERN)]
MacPrefix = Annotated[str, Field(pattern=MAC_PREFIX_PATTERN), schema_of(MAC_PREFIX_PATTERN)]
SubnetId = Annotated[int, Strict(), Field(ge=1, le=HIGHEST_SUBNET_ID)]
