"""A template: the VM from whose disk a site's machines are cloned; it is not one of the city's machines."""

from dataclasses import dataclass

from groundwork.model.machine import DiskController, Firmware


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template; it stands at each of `sites` under the same name, with a disk of its own."""

    name: str
    sites: tuple[str, ...]
    vcpus: int
    memory_mib: int
    disk_gib: int
    vcenter_name: str = ""
    firmware: Firmware = "bios"
    guest_type: str = "otherLinux64Guest"
    controller: DiskController = "pvscsi"

    @property
    def name_at_vcenter(self) -> str:
        """What the vCenters call it."""
        return self.vcenter_name or self.name
