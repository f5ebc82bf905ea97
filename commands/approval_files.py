"""Approvals beside a saved plan: written by who approves, read and judged when the plan is carried out."""

import glob
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from groundwork.change.approval import Approval, Permit, Requirement, Statement, roles_of
from groundwork.change.codec import fingerprint
from groundwork.model.approval import signer_key, signer_name
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from groundwork.shell.ssh_signature import SshSignatures
from groundwork.shell.whole_file import write_whole

if TYPE_CHECKING:
    from datetime import datetime

    from groundwork.change.operation import Operation
    from groundwork.change.plan import Plan
    from groundwork.estate.estate import Estate

NAMESPACE = "cityops-plan"
_MOST_BYTES = 64 << 10
_MOST_FILES = 64
_HASHED = 12  # characters of a signature's hash that name its file


def statement_of(operation: "Operation[Any]", plan: "Plan", *, until: str = "") -> Statement:
    """What is signed of a plan."""
    plan_hash = fingerprint(operation.codec.encode_plan(plan))
    return Statement(plan=plan_hash, city=plan.city, operation=plan.operation, until=until)


def signatures() -> SshSignatures:
    """Signatures that count as approvals."""
    return SshSignatures(LocalCommands(), namespace=NAMESPACE)


def keys_of(estate: "Estate") -> dict[str, set[str]]:
    """The public keys of all who may approve anything, by the person's name."""
    found: dict[str, set[str]] = {}
    for role in estate.approval_roles.values():
        for line in role.signers:
            found.setdefault(signer_name(line), set()).add(signer_key(line))
    return found


def signers_of(estate: "Estate") -> dict[str, tuple[str, ...]]:
    """The names of those who have each role."""
    return {role.name: tuple(map(signer_name, role.signers)) for role in estate.approval_roles.values()}


def write_approval(path: Path, statement: Statement, signature: str) -> Path:
    """Put the approval beside the plan, under a name of its own."""
    name = hashlib.sha256(signature.encode()).hexdigest()[:_HASHED]
    file = path.with_name(f"{path.name}.approval-{name}")
    document = {"statement": json.loads(statement.message()), "signature": signature}
    write_whole(file, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return file


def read_permit(path: Path, estate: "Estate", wanted: Statement, asked: Requirement) -> Permit:
    """The approvals that lie beside the plan, each verified, or with the reason why it does not count."""
    now = SystemClock().now()
    counted: dict[str, Approval] = {}
    passed_over: list[str] = []
    files = sorted(path.parent.glob(f"{glob.escape(path.name)}.approval-*"))
    for file, statement, signature in _approvals(files):
        flaw, approval = "it holds no approval", None
        if statement is not None:
            flaw, approval = _judge(statement, signature, estate, wanted, now)
        if approval and approval.signer in counted:
            flaw = f"{approval.signer} approved the plan already, and counts once"
        elif approval and asked.count and not set(approval.roles) & set(asked.roles):
            flaw = f"{approval.signer} has none of the roles that are asked for ({', '.join(asked.roles)})"
        if approval and not flaw:
            counted[approval.signer] = approval
        else:
            passed_over.append(f"{file.name} does not count: {flaw}")
    if len(files) > _MOST_FILES:
        passed_over.append(
            f"{len(files) - _MOST_FILES} more files beside the plan do not count: {_MOST_FILES} are read"
        )
    return Permit(plan=wanted.plan, approvals=tuple(counted.values()), passed_over=tuple(passed_over))


def _judge(
    statement: Statement, signature: str, estate: "Estate", wanted: Statement, now: "datetime"
) -> tuple[str, Approval | None]:
    """Why it does not count, or the approval."""
    if flaw := statement.flaw(wanted, now=now):
        return flaw, None
    signer = signatures().signer(statement.message(), signature, keys_of(estate))
    if signer is None:
        if signatures().is_of(statement.message(), signature):
            return "the estate lists no such signer (any more) below roles in approvals.yaml", None
        return "its signature is not of these words", None
    roles = roles_of(signer, signers_of(estate))
    return "", Approval(signer=signer, roles=roles, until=statement.until, signature=signature)


def _approvals(files: list[Path]) -> Iterator[tuple[Path, Statement | None, str]]:
    for file in files[:_MOST_FILES]:
        statement, signature = _read(file)
        yield file, statement, signature


def _read(file: Path) -> tuple[Statement | None, str]:
    if not file.is_file():  # a FIFO would be waited for
        return None, ""
    try:
        with file.open("rb") as opened:
            document = cast("dict[str, Any]", json.loads(opened.read(_MOST_BYTES)))
        statement, signature = Statement(**document["statement"]), document["signature"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None, ""
    sound = all(isinstance(one, str) for one in (*_texts(statement), signature))
    return (statement, signature) if sound else (None, "")


def _texts(statement: Statement) -> tuple[object, ...]:
    return (statement.plan, statement.city, statement.operation, statement.until)
