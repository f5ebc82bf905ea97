"""The life of a plan at the command line: shown, saved, or carried out as a recorded run, and its exit code."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from invoke import Exit

from commands.command import Asked
from commands.context import CommandContext, answer, say
from commands.evidence import write_evidence
from commands.plan_file import plan_document, read_plan, save_plan
from commands.run_tables import record_document, run_table
from groundwork.errors import InterruptedRunError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from groundwork.change.approval import Permit
    from groundwork.change.codec import StepCodec
    from groundwork.change.operation import Operation
    from groundwork.change.plan import Plan, Unread
    from groundwork.run.record import RunRecord

CHANGES_EXIT_CODE = 2
_WAVE_COLUMNS = 18  # a longer name of a wave is broken: the steps need the room


def conduct(asked: Asked, operation_name: str, request: object) -> None:
    """Have the operation propose a plan for the request; rehearse it, or with --live carry it out as a run.

    Ends as house.md says: a rehearsal with 2 when there is something to do, a run with its conclusion's code. Where the
    plan could not see all it was asked about, it says so and never ends well: with the code of what could not be read.
    What it will need and is not there is reported at once, in a rehearsal too (see wiring/needs.py).
    --out saves the plan; --plan takes a saved one instead, held against what would be planned now (read_plan).
    --emergency says why a plan that needs approvals or a window is carried out without.
    """
    context = asked.context
    operation = context.operations[operation_name]
    codec = operation.codec
    context.enter_network()
    plan = operation.propose(request, say)
    if asked.plan:
        plan = read_plan(Path(asked.plan), operation, now=plan)
    if asked.out:
        plan = save_plan(Path(asked.out), codec, plan)
    _tell_unread(plan.unread)
    if asked.live and not plan.empty:
        permit = _permit(context, operation, plan, plan_file=asked.plan, emergency=asked.emergency)
        _check_needs(context, plan, live=True)
        with context.open_engine() as engine:
            record = engine.start(plan, reason=asked.reason, say=say, permit=permit)
        conclude(context, record, as_json=asked.json)
        return
    answer(plan_document(codec, plan), lambda: plan_table(plan, codec), as_json=asked.json)
    _end_unread(plan.unread)
    if not asked.live and not plan.empty:
        _check_needs(context, plan, live=False)
        wanted = operation.approvals(plan, context.asked(plan.operation)).describe()
        terms = f"{wanted and f', with {wanted}'}{_when(plan)}"
        say(f"a rehearsal: nothing was touched; --live --reason … carries it out{terms}")
        raise Exit(code=CHANGES_EXIT_CODE)


def _when(plan: "Plan") -> str:
    """When the plan can be carried out, in words; empty for one without a window."""
    from groundwork.shell.clock import SystemClock

    return f", in its window, which {plan.window.state(SystemClock().now())}" if plan.window else ""


def _check_needs(context: CommandContext, plan: "Plan", *, live: bool) -> None:
    """Nothing begins that cannot be finished. Raises what needs.check_needs does."""
    from commands.wiring.needs import check_needs
    from commands.wiring.products import needs_of

    context.enter_network()
    check_needs(needs_of(context.wired, plan, live=live), operation=plan.operation)


def end_unread(unread: "Sequence[Unread]") -> None:
    """Say which sources could not be read, and end with the first one's exit code; nothing when all could."""
    _tell_unread(unread)
    _end_unread(unread)


def _tell_unread(unread: "Sequence[Unread]") -> None:
    for one in unread:
        say(f"left out, {one.source}: {one.message}\n  what to do: {one.hint}")


def _end_unread(unread: "Sequence[Unread]") -> None:
    if unread:
        raise Exit(code=unread[0].exit_code)


def conclude(context: CommandContext, record: "RunRecord", *, as_json: bool) -> None:
    """Write a run's evidence, print how it ended, and end with its exit code."""
    write_evidence(context.settings.state, record)
    answer(record_document(record), lambda: run_table(record), as_json=as_json)
    if record.undo_of:
        became = "what it did was taken back" if record.exit_code == 0 else "not all that it did could be taken back"
        say(f"run {record.undo_of}: {became}")
    if record.status == "cancelled":
        _tell_cancelled(record)
    if record.exit_code:
        raise Exit(code=record.exit_code)


def _tell_cancelled(record: "RunRecord") -> NoReturn:
    raise InterruptedRunError(
        f"run {record.id} was cancelled (reason: {record.cancel_reason})",
        hint=f"it cannot be resumed; see what was taken back: `inv runs.show {record.undone_by}`",
    )


def plan_table(plan: "Plan", codec: "StepCodec") -> "RenderableType":
    """The plan for a person."""
    from rich.table import Table
    from rich.text import Text

    from groundwork.change.codec import fingerprint

    if plan.empty and not plan.unread:
        return Text(f"{plan.title}: nothing to do")
    steps = list(plan.steps())
    marks = f"{len(steps)} steps · plan {fingerprint(codec.encode_plan(plan))[:12]} · based on {plan.basis[:12]}"
    marks += f"\nin its window: {plan.window.describe()}" if plan.window else ""
    table = Table(box=None, pad_edge=False, title=Text(plan.title), caption=marks, title_justify="left")
    for name in ("wave", "site", "undo", "step"):  # the undo in words is in the JSON document
        table.add_column(name, no_wrap=name == "undo", max_width=_WAVE_COLUMNS if name == "wave" else None)
    for one in plan.unread:
        table.add_row("—", Text(one.source), "—", Text(f"not read: {one.message}", "red"))
    for wave, share, _, step in steps:
        words = (wave.name, share.site, "yes" if step.undo(None) else "—", step.describe())
        table.add_row(*map(Text, words))
    return table


def _permit(
    context: CommandContext, operation: "Operation[Any]", plan: "Plan", *, plan_file: str, emergency: str
) -> "Permit":
    """The approvals that lie beside a saved plan; one that was decided just now has none.

    Raises RefusedError when they do not suffice, and outside the plan's window, before anything else is looked at; the
    engine looks again.
    """
    from commands.approval_files import read_permit, statement_of
    from groundwork.change.approval import NO_PERMIT, refuse_unapproved
    from groundwork.run.admission import refuse_closed
    from groundwork.shell.clock import SystemClock

    asked = operation.approvals(plan, context.asked(plan.operation))
    wanted = statement_of(operation, plan)
    permit = read_permit(Path(plan_file), context.estate, wanted, asked) if plan_file else NO_PERMIT
    permit = replace(permit, emergency=emergency)
    refuse_unapproved(asked, permit, plan=wanted.plan, operation=plan.operation)
    refuse_closed(plan.window, SystemClock().now(), what=plan.operation, emergency=emergency)
    tell_permit(permit)
    return permit


def tell_permit(permit: "Permit") -> None:
    """Say who approved, and why an approval does not count."""
    for one in permit.approvals:
        say(f"approved by {one.signer} ({', '.join(one.roles)}) until {one.until}")
    for flaw in permit.passed_over:
        say(flaw)
