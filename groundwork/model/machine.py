"""A machine as the estate wants it: a guest of the VM platform."""

from dataclasses import dataclass
from typing import Literal

MachineRole = Literal["web", "database", "application", "file", "template"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One guest VM. `tier` is its service's (1 is the most urgent); `boots` says that it really boots in the lab.

    `role` of a booting guest decides what it serves: a database serves its record on TCP 7000, a web guest serves a
    page on port 80 that shows the record it fetched from the machine `database` names.
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
    boots: bool = False
    database: str | None = None

    @property
    def folder(self) -> str:
        """The vCenter folder the machine belongs in: its agency's."""
        return self.agency
