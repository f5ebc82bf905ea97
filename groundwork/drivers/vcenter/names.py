"""Names in a vCenter: slash, backslash and percent sign escaped on the wire, decoded for us; inventory paths."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_ESCAPED = re.compile("%(2f|5c|25)", re.IGNORECASE)
_PLAIN = {"%2f": "/", "%5c": "\\", "%25": "%"}


def decode_name(name: str) -> str:
    """The name as people write it."""
    return _ESCAPED.sub(lambda found: _PLAIN[found[0].lower()], name)


def encode_name(name: str) -> str:
    """The name as a vCenter wants it."""
    return name.replace("%", "%25").replace("/", "%2f").replace("\\", "%5c")


def join_path(names: Iterable[str]) -> str:
    """The path of decoded names; a slash or percent sign inside a name stays escaped."""
    return "/".join(name.replace("%", "%25").replace("/", "%2f") for name in names)


def split_path(path: str) -> tuple[str, ...]:
    """The decoded names of a path."""
    return tuple(decode_name(name) for name in path.split("/") if name)


def is_meant(wanted: str, path: str) -> bool:
    """True when `wanted` is this path, or the last name in it."""
    names = split_path(path)
    return bool(names) and (wanted == names[-1] or split_path(wanted) == names)


@dataclass(frozen=True, slots=True)
class Tree:
    """Where things lie: each reference with its decoded name and its parent."""

    nodes: Mapping[Any, tuple[str, Any]]

    def path(self, ref: Any, *, below: Any = None) -> str:
        """The path from beneath `below` (or from the top of what is known) down to `ref`."""
        names: list[str] = []
        while ref in self.nodes and ref != below:
            name, ref = self.nodes[ref]
            names.append(name)
        return join_path(reversed(names))
