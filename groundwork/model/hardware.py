"""A machine's virtual hardware: what it must be given again to be the same machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import count


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A disk and its slot: unit `unit` of the controller of kind `controller` on bus `bus`; `name` is its image's."""

    name: str
    controller: str
    bus: int
    unit: int
    capacity_bytes: int

    @property
    def slot(self) -> str:
        """Controller and unit, as a person writes them."""
        return f"{self.controller} {self.bus}:{self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A network adapter; `mac` is empty where the platform chooses one, `connected` its state at power-on."""

    network: str
    mac: str = ""
    kind: str = "vmxnet3"
    connected: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """Everything but size and location; an empty field was never kept, and the platform's default is taken.

    `options` are the extra settings that are kept (KEPT_OPTIONS). `not_covered` are sentences: what a restore point
    cannot hold of this machine, because of what. `no_snapshot` says why no point can be taken at all; empty: it can.
    """

    firmware: str = ""
    secure_boot: bool = False
    guest_type: str = ""
    hardware_version: str = ""
    bios_uuid: str = ""
    cores_per_socket: int = 0
    disks: tuple[Disk, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    not_covered: tuple[str, ...] = ()
    no_snapshot: str = ""

    def plugged(self, networks: Mapping[str, str], *, otherwise: str) -> "Hardware":
        """With each adapter in the network its own maps to.

        One whose network is not among `networks` lies unplugged in the network `otherwise`.
        """
        return replace(
            self,
            adapters=tuple(
                replace(
                    one,
                    network=networks.get(one.network, otherwise),
                    connected=one.connected and one.network in networks,
                )
                for one in self.adapters
            ),
        )


# Settings of a machine that its guest can feel; no others are kept: some hold secrets, some name what is gone.
KEPT_OPTIONS = (
    "disk.EnableUUID",
    "isolation.tools.copy.disable",
    "isolation.tools.paste.disable",
    "numa.vcpu.preferHT",
    "time.synchronize.restore",
    "tools.syncTime",
)
_RESERVED_UNIT = 7  # a SCSI controller's own
_SCALARS = ("firmware", "secure_boot", "guest_type", "hardware_version", "bios_uuid", "cores_per_socket")


def place_disks(capacities: Mapping[str, int]) -> tuple[Disk, ...]:
    """Disks of these names and capacities in bytes, one after another on one paravirtual SCSI controller."""
    units = (unit for unit in count() if unit != _RESERVED_UNIT)
    return tuple(
        Disk(name=name, controller="pvscsi", bus=0, unit=unit, capacity_bytes=capacity)
        for (name, capacity), unit in zip(capacities.items(), units, strict=False)
    )


def compare_hardware(wanted: Hardware, found: Hardware) -> tuple[str, ...]:
    """Where the machine found is not the wanted one, a sentence each; what was never kept is not compared."""
    return tuple(_differences(wanted, found))


def _differences(wanted: Hardware, found: Hardware) -> Iterator[str]:
    for name in _SCALARS:
        was, is_now = getattr(wanted, name), getattr(found, name)
        kept = was not in {"", 0} or (name == "secure_boot" and wanted.firmware)
        if kept and was != is_now:
            yield f"{name.replace('_', ' ')}: {was} → {is_now or '(none)'}"
    if wanted.disks:
        yield from _set_apart("disk", [_disk(one) for one in wanted.disks], [_disk(one) for one in found.disks])
    if wanted.adapters:
        yield from _adapters(wanted.adapters, found.adapters)
    kept_options = dict(found.options)
    for key, value in wanted.options:
        if kept_options.get(key) != value:
            yield f"option {key}: {value} → {kept_options.get(key, '(none)')}"


def _disk(disk: Disk) -> str:
    return f"{disk.slot}, {disk.capacity_bytes} bytes"


def _set_apart(sort: str, wanted: list[str], found: list[str]) -> Iterator[str]:
    for one in wanted:
        if one not in found:
            yield f"{sort} missing: {one}"
    for one in found:
        if one not in wanted:
            yield f"{sort} too many: {one}"


def _adapters(wanted: tuple[Adapter, ...], found: tuple[Adapter, ...]) -> Iterator[str]:
    if len(wanted) != len(found):
        yield f"adapters: {len(wanted)} → {len(found)}"
    for number, (one, other) in enumerate(zip(wanted, found, strict=False)):
        for field in fields(Adapter):
            was, is_now = getattr(one, field.name), getattr(other, field.name)
            if was not in {is_now, ""}:
                yield f"adapter {number}: {field.name} {was} → {is_now}"
