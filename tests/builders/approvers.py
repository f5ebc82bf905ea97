"""People who approve: a key each, and the roles that an estate gives them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from groundwork.shell.command import LocalCommands


def make_key(folder: Path, name: str) -> Path:
    """A person's private key; the .pub file beside it is the line of a signer."""
    file = folder / f"{name}.key"
    LocalCommands().run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(file)], timeout_seconds=30
    )
    return file


def signer_line(key: Path) -> str:
    """The line of a key."""
    return Path(f"{key}.pub").read_text(encoding="utf-8").strip()


def approvals_yaml(roles: Mapping[str, Sequence[Path]], *, operation: str, count: int) -> str:
    """The estate's file for roles with the keys of those who have them, and one rule that names every role."""
    lines = ["roles:"]
    for role, keys in roles.items():
        lines += [f"  {role}:", "    signers:", *(f"      - {signer_line(key)}" for key in keys)]
    return "\n".join(
        [*lines, "rules:", f"  rule: {{operation: {operation}, count: {count}, roles: [{', '.join(roles)}]}}", ""]
    )
