"""The table of Debian packages: which purpose needs which, why, and what shows that it is there."""

import shutil
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Purpose(Enum):
    """What somebody is about to do."""

    LAB = "the lab"
    TEST = "the tests"
    CHECK = "the quality gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One Debian package, why it is needed, and a program or a path (a pattern) that only it brings."""

    package: str
    why: str
    shown_by: str
    purposes: frozenset[Purpose]

    def is_met(self) -> bool:
        """Whether this machine has it, from Debian or by hand."""
        if self.shown_by.startswith("/"):
            return any(Path("/").glob(self.shown_by.removeprefix("/")))
        return shutil.which(self.shown_by) is not None or shutil.which(self.shown_by, path=_SYSTEM_PATH) is not None


_LAB = frozenset({Purpose.LAB, Purpose.TEST})
_TEST = frozenset({Purpose.TEST})
_WORKSHOP = frozenset({Purpose.TEST, Purpose.CHECK})


def _needed(package: str, shown_by: str, why: str, purposes: frozenset[Purpose]) -> Requirement:
    return Requirement(package=package, shown_by=shown_by, why=why, purposes=purposes)


REQUIREMENTS: tuple[Requirement, ...] = (
    _needed("debootstrap", "debootstrap", "builds the image every lab host boots from", _LAB),
    _needed("systemd-container", "systemd-nspawn", "boots the lab's hosts", _LAB),
    _needed("dbus", "dbus-daemon", "systemd-nspawn asks for it", _LAB),
    _needed("iproute2", "ip", "makes the lab's networks", _LAB),
    _needed("e2fsprogs", "mkfs.ext4", "makes the guests' disks", _LAB),
    _needed("cpio", "cpio", "packs the guests' initrd", _LAB),
    _needed("openssh-client", "ssh", "reaches the lab's hosts", _LAB),
    _needed("qemu-system-x86", "qemu-system-x86_64", "runs the guests", _LAB),
    _needed("qemu-utils", "qemu-img", "writes and reads VMDK", _LAB),
    _needed("restic", "restic", "keeps the backups", _LAB),
    _needed("rclone", "rclone", "serves the repositories that the tests store to and pull from", _TEST),
    _needed("nftables", "nft", "loads the packet filter that the tests look at", _TEST),
    _needed("postgresql", "/usr/lib/postgresql/*/bin/initdb", "is the ledger the tests stop and start", _TEST),
    _needed("prometheus", "promtool", "brings promtool, which checks and tests the alert rules", _WORKSHOP),
    _needed("shellcheck", "shellcheck", "reads the shell scripts", _WORKSHOP),
    _needed("git", "git", "lists the files that the architecture tests look at", _WORKSHOP),
)


def missing_for(purpose: Purpose) -> tuple[Requirement, ...]:
    """What this machine lacks for a purpose, in the table's order."""
    return tuple(needed for needed in REQUIREMENTS if purpose in needed.purposes and not needed.is_met())
