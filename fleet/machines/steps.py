"""The steps that make a machine as it is found what it is wanted to be."""

from dataclasses import dataclass
from typing import Literal

from fleet.machines.model import Card
from groundwork.change.step import Act, Json
from groundwork.model.machine import Firmware
from groundwork.model.mark import PREFIX, mark_line


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMachine(Act):
    """Makes a machine from its template, powered off; `name` is the vCenter's, `machine` the estate's."""

    site: str
    name: str
    machine: str
    folder: str
    vcpus: int
    memory_mib: int
    cards: tuple[Card, ...]
    mark: str
    template: str
    guest_info: tuple[tuple[str, str], ...]
    firmware: Firmware | None = None
    guest_type: str = ""
    datastore: str = ""
    anew: bool = False
    kind: Literal["machine.create"] = "machine.create"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """Name, size, location and origin."""
        networks = ", ".join(card.network for card in self.cards)
        lost = "; it was there before, and nothing of what it held comes back" if self.anew else ""
        return (
            f"create {self.name} at {self.site}: {self.vcpus} vCPU, {self.memory_mib} MiB, network {networks}, "
            f"folder {self.folder or '(none)'}, from template {self.template}{lost}"
        )

    def undo(self, recorded: Json | None, /) -> "DestroyMachine":
        """Destroy it; when it was seen whole, that very machine and no later one of its name and mark."""
        uuid = recorded.get("instance_uuid") if isinstance(recorded, dict) else None
        return DestroyMachine(site=self.site, name=self.name, mark=self.mark, uuid=str(uuid or ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyMachine(Act):
    """Takes the making of a machine back: destroys it, disks included, if it bears that mark and has that `uuid`.

    `uuid` is empty where nobody saw the machine after it was made.
    """

    site: str
    name: str
    mark: str
    uuid: str = ""
    kind: Literal["machine.destroy"] = "machine.destroy"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """What is lost."""
        return f"destroy {self.name} at {self.site}, disks included"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResizeMachine(Act):
    """Sets a machine's size; `powered_on` is how it is left, whatever a broken attempt left before."""

    site: str
    name: str
    vcpus: int
    memory_mib: int
    was_vcpus: int
    was_memory_mib: int
    powered_on: bool
    kind: Literal["machine.resize"] = "machine.resize"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """From and to, and the price."""
        changes = [
            f"{was} → {wanted} {unit}"
            for was, wanted, unit in (
                (self.was_vcpus, self.vcpus, "vCPU"),
                (self.was_memory_mib, self.memory_mib, "MiB"),
            )
            if was != wanted
        ]
        price = " (shut down and started again)" if self.powered_on else ""
        return f"resize {self.name} at {self.site}: {', '.join(changes)}{price}"

    def undo(self, _recorded: Json | None, /) -> "ResizeMachine":
        """The size it had."""
        return ResizeMachine(
            site=self.site,
            name=self.name,
            vcpus=self.was_vcpus,
            memory_mib=self.was_memory_mib,
            was_vcpus=self.vcpus,
            was_memory_mib=self.memory_mib,
            powered_on=self.powered_on,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerMachine(Act):
    """Powers a machine on, or shuts it down."""

    site: str
    name: str
    on: bool
    kind: Literal["machine.power"] = "machine.power"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """On or off."""
        return f"power on {self.name} at {self.site}" if self.on else f"shut down {self.name} at {self.site}"

    def undo(self, _recorded: Json | None, /) -> "PowerMachine":
        """The other state."""
        return PowerMachine(site=self.site, name=self.name, on=not self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveMachine(Act):
    """Moves a machine into the folder of its agency."""

    site: str
    name: str
    folder: str
    was_folder: str
    kind: Literal["machine.move"] = "machine.move"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """From and to."""
        return f"move {self.name} at {self.site}: folder {self.was_folder or '(none)'} → {self.folder}"

    def undo(self, _recorded: Json | None, /) -> "MoveMachine | None":
        """The folder it was in; a machine found outside every folder stays where it belongs."""
        if not self.was_folder:
            return None
        return MoveMachine(site=self.site, name=self.name, folder=self.was_folder, was_folder=self.folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkMachine(Act):
    """Sets a machine's annotation: the mark's line beside what people wrote there."""

    site: str
    name: str
    text: str
    was_text: str
    kind: Literal["machine.mark"] = "machine.mark"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """The new mark."""
        return f"mark {self.name} at {self.site}: {mark_line(self.text) or '(no mark)'}"

    def undo(self, _recorded: Json | None, /) -> "MarkMachine":
        """The text it had."""
        return MarkMachine(site=self.site, name=self.name, text=self.was_text, was_text=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowDisk(Act):
    """Makes a machine's one disk larger; the guest's file system is the guest's own affair."""

    site: str
    name: str
    disk_gib: int
    was_disk_gib: int
    kind: Literal["machine.grow-disk"] = "machine.grow-disk"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """From and to."""
        return f"grow the disk of {self.name} at {self.site}: {self.was_disk_gib} → {self.disk_gib} GiB"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolidateDisks(Act):
    """Merges what a removed snapshot left of a machine's disks."""

    site: str
    name: str
    kind: Literal["machine.consolidate"] = "machine.consolidate"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """What is merged."""
        return f"consolidate the disks of {self.name} at {self.site}: a removed snapshot left files behind"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMachine(Act):
    """Destroys a machine that a restore or a drill made, disks included, if it is still that machine."""

    site: str
    name: str
    uuid: str
    mark: str
    kind: Literal["machine.remove"] = "machine.remove"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """What is lost, and whose it was."""
        return f"remove {self.name} at {self.site}, disks included ({self.mark.removeprefix(PREFIX).strip()})"


MachineStep = (
    CreateMachine
    | DestroyMachine
    | ResizeMachine
    | PowerMachine
    | MoveMachine
    | MarkMachine
    | GrowDisk
    | ConsolidateDisks
    | RemoveMachine
)
