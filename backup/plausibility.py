"""What a restore point can and cannot say: names, sizes and times as no backup of ours ever writes them."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

from groundwork.model.restore_point import DiskImage, RestorePoint

AHEAD = timedelta(minutes=5)  # how far a vCenter's clock may be before ours
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # of machines and sites, as the estate writes them
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST_DISK_BYTES = 62 << 40  # vSphere's configuration maximum of a virtual disk
_MOST_VCPUS = 1024
_MOST_MEMORY_MIB = 32 << 20
_MOST_DISKS = 256  # four controllers of 64
_LONGEST_TEXT = 1000
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def impossible(point: RestorePoint) -> str:
    """What is impossible in the point, in a few words; empty when nothing is."""
    return next(_impossibilities(point), "")


def is_ahead(moment: datetime, now: datetime) -> bool:
    """True when the moment is beyond our clock and what clocks may differ by."""
    return moment > now + AHEAD


def is_name(text: str) -> bool:
    """True for what the estate may call a machine or a site."""
    return bool(_NAME.fullmatch(text))


def visible(text: str, *, most: int = 80) -> str:
    """The text for a row: what nobody sees is written out, and what is long is cut."""
    if len(text) <= most and text.isascii() and text.isprintable():
        return text
    shown = "".join(f"\\u{ord(one):04x}" if unicodedata.category(one) in _UNSEEN else one for one in text[:most])
    return f"{shown}…" if len(text) > most else shown


def _impossibilities(point: RestorePoint) -> Iterator[str]:
    if not is_name(point.machine) or not is_name(point.site):
        yield f"{visible(point.site)}/{visible(point.machine)} is no name of a machine"
    if not _FILE.fullmatch(point.run):
        yield f"{visible(point.run)} is no run"
    if not 1 <= point.shape.vcpus <= _MOST_VCPUS or not 1 <= point.shape.memory_mib <= _MOST_MEMORY_MIB:
        yield f"no machine has {point.shape.vcpus} vCPUs and {point.shape.memory_mib} MiB"
    for text in _texts(asdict(point.shape)):
        if text != visible(text, most=_LONGEST_TEXT):
            yield f"its shape holds {visible(text)!r}"
    if not 1 <= len(point.disks) <= _MOST_DISKS:
        yield f"it has {len(point.disks)} disks"
    for disk in point.disks:
        yield from _impossible_disk(disk)
    for twice in ("name", "snapshot"):
        if len({getattr(disk, twice) for disk in point.disks}) != len(point.disks):
            yield f"two of its disks have one {twice}"


def _impossible_disk(disk: DiskImage) -> Iterator[str]:
    if not _FILE.fullmatch(disk.name):
        yield f"{visible(disk.name)} is no name of a disk"
    if not _SHA256.fullmatch(disk.snapshot) or not _SHA256.fullmatch(disk.sha256):
        yield f"{visible(disk.name)} has no SHA-256, or none of where it is kept"
    if not (disk.size_bytes > 0 and 0 < disk.capacity_bytes <= _LARGEST_DISK_BYTES):
        yield f"{visible(disk.name)} has {disk.size_bytes} bytes of {disk.capacity_bytes}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in (*value, *value.values()):
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
