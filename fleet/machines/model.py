"""A machine as it is wanted and as it is found."""

from dataclasses import dataclass

from groundwork.model.machine import DiskController, Firmware

_BYTES_PER_GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A network card: its port group's path, and its MAC address (wanted: empty where any will do)."""

    network: str
    mac: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTemplate:
    """The template a machine is made from, as the vCenter names it, with the size of its disk and its controller."""

    name: str
    disk_gib: int
    controller: DiskController = "pvscsi"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMachine:
    """A machine of the estate with all that is needed to make it.

    `vcenter_name`, `folder`, `datastore` and the cards' networks are the vCenter's words; an empty `folder` or
    `datastore`, no `firmware`, `controller` or `cards`: nothing is wanted of it. Without a `template` it is never made.
    `guest_info` is what its first boot reads; `mark` is its line of the annotation.
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
    cards: tuple[Card, ...]
    powered_on: bool
    mark: str
    uuid: str = ""
    template: WantedTemplate | None = None
    firmware: Firmware | None = None
    guest_type: str = ""
    controller: DiskController | None = None
    datastore: str = ""
    guest_info: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMachine:
    """A machine as a vCenter shows it; `annotation` is the whole text.

    `unseen` says why it cannot be seen now: then its name, identity and mark are all that is known of it. `controller`
    is its first disk's, `datastores` are those its disks lie on; `address` is the one that its guest reports.
    """

    name: str
    site: str
    uuid: str = ""
    folder: str = ""
    annotation: str = ""
    vcpus: int = 0
    memory_mib: int = 0
    disks_bytes: tuple[int, ...] = ()
    cards: tuple[Card, ...] = ()
    address: str = ""
    firmware: str = ""
    guest_type: str = ""
    controller: str = ""
    datastores: tuple[str, ...] = ()
    powered_on: bool = False
    template: bool = False
    consolidation_needed: bool = False
    unseen: str = ""

    @property
    def networks(self) -> tuple[str, ...]:
        """The port groups of its cards, in order."""
        return tuple(card.network for card in self.cards)

    @property
    def disk_gib(self) -> int:
        """All its disks together, rounded up."""
        return -(-sum(self.disks_bytes) // _BYTES_PER_GIB)
