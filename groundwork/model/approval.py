"""Approvals as the estate states them: who may approve, and which operations ask for it."""

from dataclasses import dataclass
from typing import Literal

OperationName = Literal[
    "machines.apply",
    "machines.remove",
    "hosts.apply",
    "backup.prepare",
    "backup.run",
    "backup.replicate",
    "backup.restore",
    "backup.clear-refused",
    "drill.run",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRole:
    """Those who may approve in one capacity; `signers` are lines ``KIND AAAA… NAME``, as ssh-keygen writes them."""

    name: str
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRule:
    """An operation whose plans need approvals: so many, each of another signer who has one of the roles."""

    name: str
    operation: OperationName
    count: int
    roles: tuple[str, ...]


def signer_name(line: str) -> str:
    """The name that stands after a signer's key."""
    return line.split(" ", 2)[2]


def signer_key(line: str) -> str:
    """A signer's public key: its kind and itself."""
    return line.rpartition(" ")[0]
