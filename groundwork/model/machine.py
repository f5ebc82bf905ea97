"""A machine as the estate wants it: a guest of the VM platform."""

from dataclasses import dataclass
from typing import Literal

MachineRole = Literal["web", "database", "application", "file", "template"]
Firmware = Literal["bios", "efi"]
DiskController = Literal["pvscsi", "lsilogic", "lsilogic_sas", "buslogic", "nvme", "sata", "ide"]

UNASSIGNED = "unassigned"  # the agency, service and policy of an adopted machine until a person has decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One network card: the network it stands in, and its MAC address where that is to stay."""

    network: str
    mac: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One guest VM. `tier` is its service's (1 is the most urgent).

    `uuid` is the vCenter's instanceUuid, `vcenter_name` the vCenter's own name where that is not `name`, `folder` the
    path below the datacenter's VM folder (a "/" within a name is %2f). Empty means: not known or not decided (`uuid`,
    `network`, `address`, and `folder` of a machine without agency), or the template's own (`firmware`, `guest_type`,
    `controller`), or the site's (`datastore`), or one card in `network` (`adapters`). Without a `template` a machine is
    never made. `database` names the machine that a web machine reads from.
    """

    name: str
    site: str
    agency: str
    service: str
    tier: int
    role: MachineRole
    vcpus: int
    memory_mib: int
    disk_gib: int
    network: str
    address: str
    backup_policy: str
    powered_on: bool = True
    database: str | None = None
    folder: str = ""
    uuid: str = ""
    vcenter_name: str = ""
    template: str = ""
    firmware: Firmware | None = None
    guest_type: str = ""
    controller: DiskController | None = None
    adapters: tuple[Adapter, ...] = ()
    datastore: str = ""

    @property
    def name_at_vcenter(self) -> str:
        """What the vCenter calls it."""
        return self.vcenter_name or self.name

    @property
    def undecided(self) -> tuple[str, ...]:
        """The fields that a person has still to fill in."""
        reserved = [field for field in ("agency", "service", "backup_policy") if getattr(self, field) == UNASSIGNED]
        return (*reserved, *(field for field in ("network", "address") if not getattr(self, field)))
