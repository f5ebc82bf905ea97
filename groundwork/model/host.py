"""A service host: a machine beside the platform that cityops configures with Ansible."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One service host; `roles` are the names of the Ansible roles that make it what it should be, in order.

    `machine` is the vCenter's name of the machine that it is, empty for a host beside the platform.
    """

    name: str
    site: str
    network: str
    address: str
    roles: tuple[str, ...]
    machine: str = ""
