"""SSH as cityops types it: no questions, known hosts only, and a connection that is dead is noticed."""

from pathlib import Path


def ssh_argv(address: str, *, user: str, key_file: Path, known_hosts_file: Path) -> list[str]:
    """The arguments up to the host; the command to run there follows, as one word for the remote shell."""
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": f'"{known_hosts_file}"',
        "IdentitiesOnly": "yes",
        "ConnectTimeout": "10",
        "ServerAliveInterval": "5",
        "ServerAliveCountMax": "6",
    }
    settings = [argument for name, value in options.items() for argument in ("-o", f"{name}={value}")]
    return ["ssh", "-F", "none", "-T", *settings, "-i", str(key_file), "-l", user, "--", address]
