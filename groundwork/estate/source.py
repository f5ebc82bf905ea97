"""A file of the estate as text: regular, of a sane size, UTF-8, and holding nothing a reviewer would not see."""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from groundwork.estate.faults import Fault

YAML_LIMIT_BYTES = 2 * 1024 * 1024  # libyaml hands about a million values a second to Python: 2 MB stay under 5 s
CSV_LIMIT_BYTES = 20 * 1024 * 1024

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_MENDING = {"\t": ("a tab", "write spaces (or, in CSV, a comma) instead")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file read: its name as reports show it, and its text without a byte order mark, lines ended by a newline."""

    file: str
    text: str
    raw: bytes


def read_source(path: Path, *, file: str, limit_bytes: int) -> Source | Fault:
    """Read one file, or say why it cannot be one of the estate's. Never blocks on what is not a regular file."""
    try:
        state = path.lstat()
        unfit = _unfit(state, limit_bytes)
        if unfit:
            return Fault(file=file, line=0, what=unfit[0], what_to_do=unfit[1])
        with path.open("rb") as stream:
            raw = stream.read(limit_bytes + 1)
    except OSError as error:
        return Fault(
            file=file,
            line=0,
            what=f"cannot be read ({os.strerror(error.errno or 0)})",
            what_to_do="let this user read it",
        )
    return _decode(raw, file)


def _unfit(state: os.stat_result, limit_bytes: int) -> tuple[str, str] | None:
    if stat.S_ISLNK(state.st_mode):
        return "is a symbolic link", "put the file itself here, so that a review shows what is read"
    if stat.S_ISDIR(state.st_mode):
        return "is a directory", "put a file of this name here"
    if not stat.S_ISREG(state.st_mode):
        return "is not a regular file", "put a regular file of this name here"
    if state.st_size > limit_bytes:
        size, limit = state.st_size / 1024**2, limit_bytes // 1024**2
        return f"is {size:.0f} MB large, more than the {limit} MB that are read", "see whether it is the right file"
    if state.st_size == 0:
        return "is empty", "write what it should hold, or remove the file if the city has none of it"
    return None


def _decode(raw: bytes, file: str) -> Source | Fault:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        return Fault(
            file=file, line=line, what=found, what_to_do="save the file as UTF-8 (it may be Big5, CP950 or UTF-16)"
        )
    text = text.replace("\r\n", "\n")
    unseen = _UNSEEN.search(text) or re.search("\t", text)
    if unseen:
        line = text.count("\n", 0, unseen.start()) + 1
        what, what_to_do = _MENDING.get(
            unseen.group(), (f"a character that nobody sees (U+{ord(unseen.group()):04X})", "remove it")
        )
        return Fault(file=file, line=line, what=what, what_to_do=what_to_do)
    return Source(file=file, text=text, raw=raw)
