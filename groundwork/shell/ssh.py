"""SSH as cityops types it: no questions, known hosts only, and a connection that is dead is noticed."""

import shlex
from collections.abc import Sequence
from pathlib import Path


def ssh_options(known_hosts_file: Path) -> list[str]:
    """The options of every connection, whoever types it; the user's own configuration of SSH is not read."""
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": f'"{known_hosts_file}"',
        "IdentitiesOnly": "yes",
        "ConnectTimeout": "10",
        "ServerAliveInterval": "5",
        "ServerAliveCountMax": "6",
    }
    return ["-F", "none", *(argument for name, value in options.items() for argument in ("-o", f"{name}={value}"))]


def ssh_argv(address: str, *, user: str, key_file: Path, known_hosts_file: Path) -> list[str]:
    """The arguments up to the host; the command to run there follows, as one word for the remote shell."""
    return ["ssh", "-T", *ssh_options(known_hosts_file), "-i", str(key_file), "-l", user, "--", address]


def ssh_argv_unverified(address: str, *, user: str, port: int, key_file: Path, proxy: Sequence[str] = ()) -> list[str]:
    """The arguments up to the host for a machine whose host key nothing can vouch for.

    A recovered machine's host key is on its disk, which is what is being proven. `proxy` is a program whose standard
    input and output are the connection.
    """
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": "/dev/null",
        "LogLevel": "ERROR",
        "IdentitiesOnly": "yes",
        "ConnectTimeout": "8",
        "ServerAliveInterval": "5",
    } | ({"ProxyCommand": shlex.join(proxy).replace("%", "%%")} if proxy else {})
    settings = [argument for name, value in options.items() for argument in ("-o", f"{name}={value}")]
    return ["ssh", "-F", "none", "-T", *settings, "-i", str(key_file), "-l", user, "-p", str(port), "--", address]
