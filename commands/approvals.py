"""Plans in files: shown as what they will do, and approved by those whom the estate names."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke import Collection

from commands.command import READ, Asked, command
from commands.conduct import plan_table, tell_permit
from commands.context import CommandContext, answer, say
from commands.plan_file import load_plan, plan_document
from groundwork.errors import ConfigurationError, RefusedError, UsageError

if TYPE_CHECKING:
    from groundwork.change.operation import Operation
    from groundwork.change.plan import Plan
    from groundwork.change.step import Json

_FILE_HELP = "a file saved with --out"


@command(*READ, help={"file": _FILE_HELP})
def show(asked: Asked, file: str) -> None:
    """Show what a saved plan will do, which approvals it needs, and which it has. Nothing is touched.

    What is shown is made from the plan itself. Refused (3) when the file was changed in any byte since it was saved.

    Example: inv plan.show plan.json
    """
    from commands.approval_files import read_permit, statement_of
    from groundwork.change.approval import refuse_unapproved

    context = asked.context
    plan, operation = _loaded(context, Path(file))
    answer(plan_document(operation.codec, plan), lambda: plan_table(plan, operation.codec), as_json=asked.json)
    required = operation.approvals(plan, context.asked(plan.operation))
    wanted = statement_of(operation, plan)
    permit = read_permit(Path(file), context.estate, wanted, required)
    tell_permit(permit)
    try:
        refuse_unapproved(required, replace(permit, passed_over=()), plan=wanted.plan, operation=plan.operation)
    except RefusedError as error:
        say(f"{error.message}\n  what to do: {error.hint}")


@command(
    *READ,
    help={
        "file": _FILE_HELP,
        "key": "your private key, or for one that ssh-agent holds its .pub file",
        "for_": "how long the approval counts, e.g. 8h",
        "until": "the moment until which it counts, with its zone, e.g. 2026-12-01T18:00+08:00",
    },
)
def approve(asked: Asked, file: str, *, key: str = "", for_: str = "", until: str = "") -> None:
    """Show what a saved plan will do, and approve it: a signature of the plan's hash, written beside the plan.

    Signed is {plan, city, operation, until}, with `ssh-keygen -Y sign -n cityops-plan`. Refused (3) for a key that the
    estate lists below no role of approvals.yaml.

    Example: inv plan.approve plan.json --key ~/.ssh/id_ed25519 --for 8h
    """
    from commands.approval_files import keys_of, signatures, signers_of, statement_of, write_approval
    from groundwork.change.approval import roles_of

    if not key:
        raise UsageError("a key says who approves", hint="add --key FILE")
    ends = _ends(for_, until)
    context = asked.context
    plan, operation = _loaded(context, Path(file))
    if not asked.json:
        answer(None, lambda: plan_table(plan, operation.codec), as_json=False)
    statement = statement_of(operation, plan, until=ends.isoformat(timespec="seconds"))
    signature = signatures().sign(statement.message(), Path(key).expanduser())
    signer = signatures().signer(statement.message(), signature, keys_of(context.estate))
    if signer is None:
        raise RefusedError(
            f"the estate lists {key} below no role of approvals.yaml, so its approval would not count",
            hint="add the line of its .pub file to the signers of a role, have that reviewed, and approve again",
        )
    roles = roles_of(signer, signers_of(context.estate))
    written = write_approval(Path(file), statement, signature)
    say(f"{signer} ({', '.join(roles)}) approves plan {statement.plan[:12]} until {statement.until}: wrote {written}")
    if asked.json:
        document: dict[str, Json] = {"signer": signer, "roles": list(roles), "file": str(written)}
        answer({**document, "plan": statement.plan, "until": statement.until}, lambda: "", as_json=True)


def _loaded(context: CommandContext, path: Path) -> "tuple[Plan, Operation[Any]]":
    """The plan in a file and its operation. Raises RefusedError for one of another city."""
    known = context.operations

    def operation_of(name: str) -> "Operation[Any]":
        if name not in known:
            raise ConfigurationError(
                f"this version of cityops knows no operation {name!r}", hint="use the version that saved the plan"
            )
        return known[name]

    plan = load_plan(path, lambda name: operation_of(name).codec)
    if plan.city != context.settings.city:
        raise RefusedError(f"{path} is a plan for {plan.city}", hint="name that city's settings with --settings FILE")
    return plan, operation_of(plan.operation)


def _ends(lasting: str, until: str) -> datetime:
    """The moment until which an approval counts, in UTC. Raises UsageError unless it lies ahead, given in one way."""
    from datetime import UTC

    from pydantic_core import PydanticCustomError

    from groundwork.estate.fields import parse_duration
    from groundwork.shell.clock import SystemClock

    if bool(lasting) == bool(until):
        raise UsageError("how long an approval counts is said once", hint="add --for 8h, or --until MOMENT")
    now = SystemClock().now()
    try:
        ends = now + parse_duration(lasting) if lasting else datetime.fromisoformat(until)
    except (PydanticCustomError, ValueError, OverflowError):
        raise UsageError(
            f"{lasting or until!r} is no time", hint="write --for 8h, or --until 2026-12-01T18:00+08:00"
        ) from None
    if ends.tzinfo is None:
        raise UsageError(f"{until!r} names no zone", hint="write it with one: 2026-12-01T18:00+08:00")
    if ends <= now + timedelta(seconds=1):
        raise UsageError(f"{until!r} is over already", hint="name a moment that lies ahead")
    return ends.astimezone(UTC)


plan = Collection("plan", show, approve)
