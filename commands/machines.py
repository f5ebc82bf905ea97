"""The machines' commands: what is there beside what is wanted, the plan that mends it, and carrying it out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from invoke import Context, task

from commands.conduct import conduct, end_unread
from commands.context import (
    CITY_HELP,
    JSON_HELP,
    LIVE_HELP,
    OUT_HELP,
    PLAN_HELP,
    REASON_HELP,
    SETTINGS_HELP,
    CommandContext,
    answer,
    as_document,
    say,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fleet.machines.model import FoundMachine, WantedMachine
    from fleet.machines.plan import Comparison
    from groundwork.shell.sighting import Sighting

_ONLY_HELP = "only these machines, agencies or sites, separated by commas"
_SHOWN = 5  # names that one line of progress lists


@task(
    name="list",
    help={
        "only": _ONLY_HELP,
        "city": CITY_HELP,
        "settings": SETTINGS_HELP,
        "json": JSON_HELP,
    },
)
def list_machines(_context: Context, *, only: str = "", city: str = "", settings: str = "", json: bool = False) -> None:
    """List the machines as the estate wants them and as the vCenters show them, differences and strangers included.

    A site that cannot be read is named, its machines are unseen, and the command then ends with its error's code.

    Example: inv machines.list --only nchc
    """
    sight = _Sight(CommandContext(settings=settings, city=city), only)
    rows = sight.rows()
    answer([as_document(row) for row in rows], lambda: _table(rows), as_json=json)
    end_unread(sight.unread)


@task(
    help={
        "only": _ONLY_HELP,
        "out": OUT_HELP,
        "city": CITY_HELP,
        "settings": SETTINGS_HELP,
        "json": JSON_HELP,
    },
)
def plan(
    _context: Context, *, only: str = "", out: str = "", city: str = "", settings: str = "", json: bool = False
) -> None:
    """Show what `machines.apply` would do: create, resize, power, move, mark. Ends with 2 when there is something.

    Example: inv machines.plan --only digital,central --out plan.json
    """
    _conduct(CommandContext(settings=settings, city=city), only, as_json=json, out=out)


@task(
    help={
        "live": LIVE_HELP,
        "reason": REASON_HELP,
        "only": _ONLY_HELP,
        "plan": PLAN_HELP,
        "city": CITY_HELP,
        "settings": SETTINGS_HELP,
        "json": JSON_HELP,
    },
)
def apply(
    _context: Context,
    *,
    live: bool = False,
    reason: str = "",
    only: str = "",
    plan: str = "",
    city: str = "",
    settings: str = "",
    json: bool = False,
) -> None:
    """Make the machines what the estate wants: a canary first, then growing batches. Rehearses unless --live.

    Example: inv machines.apply --live --reason "change 2026-114"
    """
    context = CommandContext(settings=settings, city=city)
    _conduct(context, only, as_json=json, live=live, reason=reason, plan_file=plan)


class _Sight:
    """The machines that a command is about: wanted, and found at their sites."""

    def __init__(self, context: CommandContext, only: str) -> None:
        from fleet.machines.wanted import check_only, wanted_machines

        self._context = context
        self.only = check_only(context.estate, [name.strip() for name in only.split(",") if name.strip()])
        self.wanted: tuple[WantedMachine, ...] = wanted_machines(context.estate)
        sighting = self._observe()
        self.found: dict[str, tuple[FoundMachine, ...]] = sighting.seen
        self.unread = sighting.unread

    def rows(self) -> "tuple[Comparison, ...]":
        """Wanted and found side by side."""
        from fleet.machines.plan import compare_machines

        return compare_machines(self.wanted, self.found, self.only)

    def _observe(self) -> "Sighting[tuple[FoundMachine, ...]]":
        from commands.wiring import Wiring
        from fleet.machines.apply import observe_machines
        from fleet.machines.wanted import is_meant

        meant = {machine.site for machine in self.wanted if is_meant(machine, self.only)}
        sites = [site for site in self._context.estate.sites if site in meant]
        say(f"reading the machines of {', '.join(sites)}")
        wiring = Wiring(self._context.settings)
        self._context.enter_network()
        return observe_machines(sites, wiring.vcenter)


def _conduct(
    context: CommandContext,
    only: str,
    *,
    as_json: bool,
    live: bool = False,
    reason: str = "",
    out: str = "",
    plan_file: str = "",
) -> None:
    from fleet.machines.plan import OPERATION, plan_machines

    sight = _Sight(context, only)
    _tell_untouched(sight.rows())
    decided = plan_machines(city=context.estate.city, wanted=sight.wanted, found=sight.found, only=sight.only)
    decided = replace(decided, unread=sight.unread)
    conduct(context, OPERATION, decided, live=live, reason=reason, as_json=as_json, out=out, plan_file=plan_file)


def _tell_untouched(rows: "Sequence[Comparison]") -> None:
    """What a plan leaves alone, so that nobody takes silence for agreement."""
    for state, told in (
        ("unwanted", "not in the estate, left alone"),
        ("ambiguous", "two machines of one name, left alone"),
    ):
        names = [f"{row.name} at {row.site}" for row in rows if row.state == state]
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            say(f"{told}: {', '.join(names[:_SHOWN])}{more}")
    for row in rows:
        for difference in row.differences:
            if difference.startswith("network:"):
                say(f"{row.name} at {row.site} is in another network ({difference}): to be changed by hand")


def _table(rows: "Sequence[Comparison]") -> "RenderableType":
    from rich.table import Table

    table = Table("machine", "site", "agency", "vCPU", "MiB", "power", "state", "difference (found → wanted)", box=None)
    for site in dict.fromkeys(row.site for row in rows if row.state == "unseen" and row.found is None):
        count = sum(row.site == site and row.found is None and row.state == "unseen" for row in rows)
        table.add_row(f"({count} machines)", site, "", "", "", "", "unseen", f"{site} could not be read")
    for row in rows:
        shown = row.found or row.wanted
        if shown is None or (row.state == "unseen" and row.found is None):
            continue
        table.add_row(
            row.name,
            row.site,
            row.wanted.agency if row.wanted else "",
            str(shown.vcpus),
            str(shown.memory_mib),
            ("on" if row.found.powered_on else "off") if row.found else "",
            row.state,
            ", ".join(row.differences),
        )
    wrong = sum(row.state != "right" for row in rows)
    table.caption = f"{len(rows)} machines, {wrong} not as wanted"
    return table
