"""A file as text: regular, of a sane size, UTF-8, and holding nothing a reviewer would not see."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from unicodedata import is_normalized, normalize

from groundwork.files.fault import Fault
from groundwork.files.unseen import find_invisible, name_character

YAML_LIMIT_BYTES = 2 * 1024 * 1024  # libyaml hands about a million values a second to Python: 2 MB stay under 5 s
CSV_LIMIT_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file read: its name as reports show it, and its text without a byte order mark, lines ended by a newline."""

    file: str
    text: str
    raw: bytes


def read_source(path: Path, *, file: str, limit_bytes: int, follow_links: bool = False) -> Source | Fault:
    """Read one file, or say why it cannot be taken. Never blocks on what is not a regular file.

    Raises FileNotFoundError.
    """
    try:
        unfit = _unfit(path.stat(follow_symlinks=follow_links), limit_bytes)
        if unfit:
            return Fault(file=file, line=0, what=unfit[0], what_to_do=unfit[1])
        with path.open("rb") as stream:
            raw = stream.read(limit_bytes + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        what = f"cannot be read ({os.strerror(error.errno or 0)})"
        return Fault(file=file, line=0, what=what, what_to_do="let this user read it")
    return decode_source(raw, file=file)


def _unfit(state: os.stat_result, limit_bytes: int) -> tuple[str, str] | None:
    if stat.S_ISLNK(state.st_mode):
        return "is a symbolic link", "put the file itself here, so that a review shows what is read"
    if stat.S_ISDIR(state.st_mode):
        return "is a directory", "put a file of this name here"
    if not stat.S_ISREG(state.st_mode):
        return "is not a regular file", "put a regular file of this name here"
    if state.st_size > limit_bytes:
        what = f"is {state.st_size:,} bytes large; at most {limit_bytes:,} are read"
        return what, "see whether it is the right file"
    if state.st_size == 0:
        return "is empty", "write what it should hold, or remove the file if the city has none of it"
    return None


def decode_source(raw: bytes, *, file: str) -> Source | Fault:
    """The bytes of a file as text, or the first thing in them that no text of ours holds."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        return Fault(
            file=file, line=line, what=found, what_to_do="save the file as UTF-8 (it may be Big5, CP950 or UTF-16)"
        )
    text = text.replace("\r\n", "\n")
    unseen = find_invisible(text)
    if unseen:
        return _unseen_fault(file, text, unseen.start(), name_character(unseen.group()), "remove it")
    if not text.isascii() and not is_normalized("NFC", text):
        return _composed_fault(file, text)
    if "\t" in text:
        return _unseen_fault(file, text, text.index("\t"), "a tab", "write spaces (or, in CSV, a comma) instead")
    return Source(file=file, text=text, raw=raw)


def _unseen_fault(file: str, text: str, position: int, what: str, what_to_do: str) -> Fault:
    return Fault(file=file, line=text.count("\n", 0, position) + 1, what=what, what_to_do=what_to_do)


def _composed_fault(file: str, text: str) -> Fault:
    """Two spellings of one character look alike, and would be two names: only the composed one (NFC) is taken."""
    number, line = next(one for one in enumerate(text.split("\n"), 1) if not is_normalized("NFC", one[1]))
    right = normalize("NFC", line)
    at = next((index for index, (one, other) in enumerate(zip(line, right, strict=False)) if one != other), len(right))
    what = f"a character that looks like another one, from U+{ord(line[at]):04X} on"
    return Fault(file=file, line=number, what=what, what_to_do="write it as one character (Unicode NFC)")
