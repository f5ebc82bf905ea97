"""A machine as it is wanted and as it is found, and the steps that make the one the other."""

from dataclasses import dataclass
from typing import Literal

MARK_PREFIX = "cityops:"  # the line of an annotation that says whose machine it is
DRILL_PREFIX = "drill-"  # a drill's clones: made, watched and removed by the drill alone


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMachine:
    """A machine of the estate with all that is needed to make it; `template` is None where it is made empty.

    `guest_info` is what its first boot is told; `mark` is its line of the annotation.
    """

    name: str
    site: str
    agency: str
    tier: int
    folder: str
    vcpus: int
    memory_mib: int
    disk_gib: int
    network: str
    address: str
    powered_on: bool
    boots: bool
    mark: str
    template: str | None = None
    guest_info: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMachine:
    """A machine as a vCenter shows it; `annotation` is the whole text.

    `unseen` says why it cannot be seen now: then nothing else but its name and site is known.
    """

    name: str
    site: str
    folder: str
    vcpus: int
    memory_mib: int
    powered_on: bool
    template: bool
    network: str
    annotation: str
    unseen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMachine:
    """Makes a machine, powered off."""

    site: str
    name: str
    folder: str
    vcpus: int
    memory_mib: int
    disk_gib: int
    network: str
    address: str
    boots: bool
    mark: str
    template: str | None
    guest_info: tuple[tuple[str, str], ...]
    kind: Literal["machine.create"] = "machine.create"

    @property
    def target(self) -> str:
        """The machine."""
        return f"{self.site}/machine/{self.name}"

    def describe(self) -> str:
        """Name, size and place."""
        origin = f"from template {self.template}" if self.template else f"with an empty disk of {self.disk_gib} GiB"
        return (
            f"create {self.name} at {self.site}: {self.vcpus} vCPU, {self.memory_mib} MiB, network {self.network}, "
            f"folder {self.folder}, {origin}"
        )

    def undo(self) -> "DestroyMachine":
        """Destroy it."""
        return DestroyMachine(site=self.site, name=self.name, mark=self.mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyMachine:
    """Takes the making of a machine back: destroys it, disks included, if it bears that mark."""

    site: str
    name: str
    mark: str
    kind: Literal["machine.destroy"] = "machine.destroy"

    @property
    def target(self) -> str:
        """The machine."""
        return f"{self.site}/machine/{self.name}"

    def describe(self) -> str:
        """What is lost."""
        return f"destroy {self.name} at {self.site}, disks included"

    def undo(self) -> None:
        """What is destroyed stays so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResizeMachine:
    """Sets a machine's size; `powered_on` is how it is left, whatever a broken attempt left before."""

    site: str
    name: str
    vcpus: int
    memory_mib: int
    was_vcpus: int
    was_memory_mib: int
    powered_on: bool
    kind: Literal["machine.resize"] = "machine.resize"

    @property
    def target(self) -> str:
        """The machine."""
        return f"{self.site}/machine/{self.name}"

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

    def undo(self) -> "ResizeMachine":
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
class PowerMachine:
    """Powers a machine on, or shuts it down."""

    site: str
    name: str
    on: bool
    kind: Literal["machine.power"] = "machine.power"

    @property
    def target(self) -> str:
        """The machine."""
        return f"{self.site}/machine/{self.name}"

    def describe(self) -> str:
        """On or off."""
        return f"power on {self.name} at {self.site}" if self.on else f"shut down {self.name} at {self.site}"

    def undo(self) -> "PowerMachine":
        """The other state."""
        return PowerMachine(site=self.site, name=self.name, on=not self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveMachine:
    """Moves a machine into the folder of its agency."""

    site: str
    name: str
    folder: str
    was_folder: str
    kind: Literal["machine.move"] = "machine.move"

    @property
    def target(self) -> str:
        """The machine."""
        return f"{self.site}/machine/{self.name}"

    def describe(self) -> str:
        """From and to."""
        return f"move {self.name} at {self.site}: folder {self.was_folder or '(none)'} → {self.folder}"

    def undo(self) -> "MoveMachine | None":
        """The folder it was in; a machine found outside every folder stays where it belongs."""
        if not self.was_folder:
            return None
        return MoveMachine(site=self.site, name=self.name, folder=self.was_folder, was_folder=self.folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkMachine:
    """Sets a machine's annotation: the mark's line beside what people wrote there."""

    site: str
    name: str
    text: str
    was_text: str
    kind: Literal["machine.mark"] = "machine.mark"

    @property
    def target(self) -> str:
        """The machine."""
        return f"{self.site}/machine/{self.name}"

    def describe(self) -> str:
        """The new mark."""
        return f"mark {self.name} at {self.site}: {mark_line(self.text) or '(no mark)'}"

    def undo(self) -> "MarkMachine":
        """The text it had."""
        return MarkMachine(site=self.site, name=self.name, text=self.was_text, was_text=self.text)


MachineStep = CreateMachine | DestroyMachine | ResizeMachine | PowerMachine | MoveMachine | MarkMachine


def render_mark(*, agency: str, service: str, tier: int) -> str:
    """The line that marks a machine as managed by cityops."""
    return f"{MARK_PREFIX} agency={agency} service={service} tier={tier}"


def mark_line(annotation: str) -> str:
    """The mark within an annotation, empty where there is none."""
    return next((line for line in annotation.splitlines() if line.startswith(MARK_PREFIX)), "")


def render_annotation(annotation: str, mark: str) -> str:
    """The annotation with this mark; what people wrote stays."""
    kept = [line for line in annotation.splitlines() if not line.startswith(MARK_PREFIX)]
    return "\n".join([*kept, mark])
