"""A machine as it is wanted and as it is found."""

from dataclasses import dataclass

from groundwork.model.machine import Firmware

_BYTES_PER_GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCard:
    """A network card as it is wanted: its port group's path, and its MAC address where that is to stay."""

    network: str
    mac: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTemplate:
    """The template a machine is made from, as the vCenter names it, with the size of its disk."""

    name: str
    disk_gib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMachine:
    """A machine of the estate with all that is needed to make it.

    `vcenter_name`, `folder`, `datastore` and the cards' networks are the vCenter's words; an empty `folder` or
    `datastore`, no `firmware`, no `cards`: nothing is wanted of it. Without a `template` it is never made. `guest_info`
    is what its first boot is told; `mark` is its line of the annotation.
    """

    name: str
    site: str
    agency: str
    tier: int
    vcenter_name: str
    folder: str
    vcpus: int
    memory_mib: int
    disk_gib: int
    cards: tuple[WantedCard, ...]
    powered_on: bool
    mark: str
    uuid: str = ""
    template: WantedTemplate | None = None
    firmware: Firmware | None = None
    guest_type: str = ""
    datastore: str = ""
    guest_info: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMachine:
    """A machine as a vCenter shows it; `annotation` is the whole text.

    `unseen` says why it cannot be seen now: then its name, identity and mark are all that is known of it.
    """

    name: str
    site: str
    uuid: str = ""
    folder: str = ""
    annotation: str = ""
    vcpus: int = 0
    memory_mib: int = 0
    disks_bytes: tuple[int, ...] = ()
    networks: tuple[str, ...] = ()
    powered_on: bool = False
    template: bool = False
    consolidation_needed: bool = False
    unseen: str = ""

    @property
    def disk_gib(self) -> int:
        """All its disks together, rounded up."""
        return -(-sum(self.disks_bytes) // _BYTES_PER_GIB)
