"""SSH as cityops types it: no questions, known hosts only, and a connection that is dead is noticed."""

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
