"""The machines' commands: what is there beside what is wanted, the plan that mends it, and carrying it out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from commands.command import CHANGE, PLAN, READ, Asked, command
from commands.conduct import conduct, end_unread
from commands.context import (
    answer,
    as_document,
    say,
)
from commands.options import names_in

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fleet.machines.comparison import Comparison

_AS_IT_SHOULD_BE = ("right", "host")


_ANEW_HELP = "make these lost machines anew from their templates, without what they held, separated by commas"
_MANY_HELP = "make them although many are missing"


@command(*READ, "only", name="list")
def list_machines(asked: Asked) -> None:
    """List the machines as the estate wants them and as the vCenters show them, differences and strangers included.

    What a restore or a drill made is listed as that. A site that cannot be read is named, its machines are unseen, and
    the command then ends with its error's code.

    Example: inv machines.list --only nchc
    """
    from commands.wiring.machines import machine_sources
    from fleet.machines.proposal import MachineView

    context = asked.context
    context.enter_network()
    view = MachineView(sources=machine_sources(context.wired), say=say, only=asked.names)
    answer([as_document(row) for row in view.rows], lambda: _table(view.rows), as_json=asked.json)
    end_unread(view.unread)


@command(*PLAN, "only", help={"anew": _ANEW_HELP, "many_missing": _MANY_HELP})
def plan(asked: Asked, *, anew: str = "", many_missing: bool = False) -> None:
    """Show what `machines.apply` would do: create, resize, power, move, mark. Ends with 2 when there is something.

    Example: inv machines.plan --only digital,central --out plan.json
    """
    from fleet.machines.proposal import MachinesRequest

    request = MachinesRequest(only=asked.names, anew=_names(anew), many_missing=many_missing)
    conduct(asked, "machines.apply", request)


@command(*CHANGE, "only", help={"anew": _ANEW_HELP, "many_missing": _MANY_HELP})
def apply(asked: Asked, *, anew: str = "", many_missing: bool = False) -> None:
    """Make the machines what the estate wants: a canary first, then growing batches. Rehearses unless --live.

    Example: inv machines.apply --live --reason "change 2026-114"
    """
    from fleet.machines.proposal import MachinesRequest

    request = MachinesRequest(only=asked.names, anew=_names(anew), many_missing=many_missing)
    conduct(asked, "machines.apply", request)


@command(*CHANGE, help={"names": "the machines, separated by commas (SITE/NAME where two sites have one)"})
def remove(asked: Asked, names: str) -> None:
    """Remove machines that a restore or a drill made, disks included; each is looked at again before it is destroyed.

    Example: inv machines.remove shiminpass-copy --live --reason "looked at it"
    """
    from fleet.machines.proposal import RemovalRequest

    request = RemovalRequest(names=_names(names))
    conduct(asked, "machines.remove", request)


def _names(words: str) -> tuple[str, ...]:
    return tuple(names_in(words))


def _table(rows: "Sequence[Comparison]") -> "RenderableType":
    """The machines a line each; below them what is not as wanted, so that 80 columns hold it."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1, 0, 0))
    for column in ("machine", "site", "agency", "vCPU", "MiB", "power", "state"):
        table.add_column(column, justify="right" if column in ("vCPU", "MiB") else "left")
    for row in rows:
        shown = row.found if row.found and not row.found.unseen else row.wanted
        size = (str(shown.vcpus), str(shown.memory_mib)) if shown else ("", "")
        power = ("on" if row.found.powered_on else "off") if row.found and not row.found.unseen else ""
        agency = row.wanted.agency if row.wanted else ""
        table.add_row(*map(Text, (row.name, row.site, agency, *size, power, row.state)))
    remarks = [(f"{row.name} at {row.site}: {row.state}", _remark(row)) for row in rows if _remark(row)]
    remarked = [part for head, remark in remarks for part in (Text(head), Padding(Text(remark), (0, 0, 0, 4)))]
    wrong = sum(row.state not in _AS_IT_SHOULD_BE for row in rows)
    return Group(table, Text(), *remarked, Text(f"{len(rows)} machines, {wrong} not as wanted (found → wanted)"))


def _remark(row: "Comparison") -> str:
    """What differs, and what no plan mends."""
    hindered = f"not made: {row.hindrance}" if row.hindrance else ""
    remarked = [one for one in row.differences if not one.startswith("name:")]  # the note says it
    return "; ".join(part for part in (*remarked, row.note, hindered) if part)
