"""Which files a repository holds: their names and sizes by kind, and the proof of a file by its name."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

SMALLEST_BYTES = 33  # what restic writes is sealed: 32 bytes beside the content
LARGEST_BYTES = {"snapshots": 1 << 20, "index": 64 << 20, "data": 256 << 20, "keys": 1 << 14}
_FORM = re.compile(r"(?:(snapshots|index|keys)/|(data)/([0-9a-f]{2})/)([0-9a-f]{64})")
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Listed:
    """A file as its server lists it."""

    size: int
    modified: str


def kind_of(path: str) -> str | None:
    """The kind of a file of that name; None for what no repository holds."""
    found = _FORM.fullmatch(path)
    if found is None or (found[2] and not found[4].startswith(found[3])):
        return None
    return found[1] or found[2]


def why_refused(path: str, size: int) -> str:
    """Why a file of that name and size cannot be what it says; empty when it may be."""
    kind = kind_of(path)
    if kind is None:
        return "no repository has a file of that name"
    if not SMALLEST_BYTES <= size <= LARGEST_BYTES[kind]:
        return f"{size} bytes: no file of {kind} is that small or that large"
    return ""


def path_of(kind: str, name: str) -> str:
    """Where a repository keeps a file."""
    return f"{kind}/{name[:2]}/{name}" if kind == "data" else f"{kind}/{name}"


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with file.open("rb") as reading:
        while piece := reading.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
