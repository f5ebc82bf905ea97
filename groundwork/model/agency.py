"""An agency: an owner of machines, with what it may use and whom to write to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The most an agency may have, over all sites; a quota excess is an error of the estate."""

    machines: int
    vcpus: int
    memory_gib: int
    disk_gib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """One of the city's agencies; `contact` is a role's address, never a person's.

    `folder` is the path of its machines below the datacenter's VM folder where that is not its name.
    """

    name: str
    title_zh: str
    title_en: str
    contact: str
    quota: Quota
    folder: str = ""
