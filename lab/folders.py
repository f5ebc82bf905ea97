"""Where a lab keeps what is its own on this machine, and where what all labs share is cached."""

import re
from dataclasses import dataclass
from pathlib import Path

from groundwork.errors import UsageError

LABS = Path("/var/lib/cityops/labs")
CACHE = Path("/var/cache/cityops")
DEFAULT_LAB = "default"  # the one that commands speak to when nothing else is said
_NAME = re.compile(r"[a-z][a-z0-9]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabFolders:
    """The folders of one lab; all of them are for root's eyes only."""

    lab: str
    labs: Path = LABS

    def __post_init__(self) -> None:
        """Refuse a name that could not be part of a namespace's or a folder's. Raises UsageError."""
        if not _NAME.fullmatch(self.lab):
            raise UsageError(
                f"{self.lab!r} is no name for a lab", hint="take up to 16 small letters and digits, a letter first"
            )

    @property
    def root(self) -> Path:
        """The lab's own folder; gone when the lab is."""
        return self.labs / self.lab

    @property
    def leaving(self) -> Path:
        """The lab's own folder on its way out: gone for whoever looks for the lab, whole or half-way."""
        return self.labs / f".{self.lab}.leaving"

    @property
    def lock(self) -> Path:
        """Held by whoever brings the lab up or takes it down; it outlives the lab."""
        return self.labs / f".{self.lab}.lock"

    @property
    def past(self) -> Path:
        """Where the ledgers and the evidence of labs of this name go when they are taken down."""
        return self.labs / f".{self.lab}.past"

    @property
    def settings_file(self) -> Path:
        """The settings of a city that is this lab."""
        return self.root / "settings.yaml"

    @property
    def state(self) -> Path:
        """The ledger, the locks and the evidence of the runs against this lab."""
        return self.root / "state"

    @property
    def secrets(self) -> Path:
        """Passwords, keys and certificates, made for this lab."""
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        """What the lab's processes said."""
        return self.root / "logs"

    @property
    def hosts(self) -> Path:
        """The service hosts' own files, on top of the image they share."""
        return self.root / "hosts"

    @property
    def vcenters(self) -> Path:
        """Each vCenter's description and disks."""
        return self.root / "vcenters"

    @property
    def standing(self) -> Path:
        """What the lab was made as: its city, and what was planted."""
        return self.root / "standing.json"


def lab_named(chosen: str | None) -> LabFolders:
    """The lab that commands speak to: the one chosen (CITYOPS_LAB), else the default one. Raises UsageError."""
    return LabFolders(lab=DEFAULT_LAB if chosen is None else chosen)


def how_to_bring_up(lab: str) -> str:
    """The command that brings the lab of that name up."""
    return "inv lab.up" if lab == DEFAULT_LAB else f"inv lab.up --name {lab}"


def list_labs(labs: Path = LABS) -> tuple[str, ...]:
    """The names of the labs that have a folder, in order."""
    if not labs.is_dir():
        return ()
    return tuple(sorted(path.name for path in labs.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)))
