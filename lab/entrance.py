"""The way into a part of the lab for a person: the command line that opens a shell there."""

from groundwork.errors import UsageError
from lab.guests import boots
from lab.layout import prefix_of
from lab.namespace import entering, is_whole
from lab.parts import LabParts
from lab.secret_store import OPERATOR
from lab.settings_file import known_hosts_file

_SHELL = ("bash", "--login")


def argv_into(parts: LabParts, target: str) -> list[str]:
    """The program that opens a shell in a service host, a booting machine or a namespace. Raises UsageError."""
    if target in parts.hosts:
        trust = f"UserKnownHostsFile={known_hosts_file(parts)}"
        return [*entering(parts.layout.control), *_ssh(parts, trust, parts.estate.hosts[target].address)]
    machine = parts.estate.machines.get(target)
    if machine and boots(machine):
        # A guest makes its host key at its first boot: nobody can vouch for it, and nobody stands in between here.
        trust = "UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR"
        return [*entering(parts.layout.control), *_ssh(parts, trust, machine.address)]
    namespace = f"{prefix_of(parts.folders.lab)}{target}"
    if is_whole(namespace):
        return [*entering(namespace), *_SHELL]
    raise UsageError(
        f"the lab has no service host, booting machine or namespace named {target!r}",
        hint=f"try {', '.join([*parts.hosts, *parts.layout.sites, 'control'])}, or a machine that inv lab.status lists",
    )


def _ssh(parts: LabParts, trust: str, address: str) -> list[str]:
    key = parts.folders.secrets / f"{OPERATOR}.key"
    return ["ssh", "-F", "none", "-i", str(key), "-o", "IdentitiesOnly=yes", *f"-o {trust}".split(), f"root@{address}"]
