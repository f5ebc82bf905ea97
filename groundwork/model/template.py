"""A template: the VM of a site from whose disk machines are cloned; it is not one of the city's machines."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The template of one site; the same name stands at every site, with a disk of its own."""

    name: str
    site: str
    vcpus: int
    memory_mib: int
    disk_gib: int
