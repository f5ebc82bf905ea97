"""The machines' commands: what is there beside what is wanted, the plan that mends it, and carrying it out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
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
from commands.options import names_in

if TYPE_CHECKING:
    from rich.console import RenderableType

    from commands.wiring import Wiring
    from fleet.machines.comparison import Comparison
    from fleet.machines.model import FoundMachine
    from groundwork.change.plan import Plan, Unread
    from groundwork.shell.sighting import Sighting

_ONLY_HELP = "only these machines, agencies or sites, separated by commas"
_UNTOUCHED = {"unwanted": "not in the estate, left alone"}
_LEFT_OUT = ("unseen", "lost", "missing")  # told with the plan, whose exit code they decide
_AS_IT_SHOULD_BE = ("right", "host")


_ANEW_HELP = "make these lost machines anew from their templates, without what they held, separated by commas"
_MANY_HELP = "make them although many are missing"


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

    What a restore or a drill made is listed as that. A site that cannot be read is named, its machines are unseen, and
    the command then ends with its error's code.

    Example: inv machines.list --only nchc
    """
    sight = _Sight(CommandContext(settings=settings, city=city), _names(only))
    answer([as_document(row) for row in sight.rows], lambda: _table(sight.rows), as_json=json)
    end_unread(sight.unread)


@task(
    help={
        "only": _ONLY_HELP,
        "anew": _ANEW_HELP,
        "many_missing": _MANY_HELP,
        "out": OUT_HELP,
        "city": CITY_HELP,
        "settings": SETTINGS_HELP,
        "json": JSON_HELP,
    },
)
def plan(
    _context: Context,
    *,
    only: str = "",
    anew: str = "",
    many_missing: bool = False,
    out: str = "",
    city: str = "",
    settings: str = "",
    json: bool = False,
) -> None:
    """Show what `machines.apply` would do: create, resize, power, move, mark. Ends with 2 when there is something.

    Example: inv machines.plan --only digital,central --out plan.json
    """
    meant = _Meant(only=_names(only), anew=_names(anew), many_missing=many_missing)
    context = CommandContext(settings=settings, city=city)
    conduct(context, "machines.apply", _decided(context, meant), live=False, reason="", as_json=json, out=out)


@task(
    help={
        "live": LIVE_HELP,
        "reason": REASON_HELP,
        "only": _ONLY_HELP,
        "anew": _ANEW_HELP,
        "many_missing": _MANY_HELP,
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
    anew: str = "",
    many_missing: bool = False,
    plan: str = "",
    city: str = "",
    settings: str = "",
    json: bool = False,
) -> None:
    """Make the machines what the estate wants: a canary first, then growing batches. Rehearses unless --live.

    Example: inv machines.apply --live --reason "change 2026-114"
    """
    meant = _Meant(only=_names(only), anew=_names(anew), many_missing=many_missing)
    context = CommandContext(settings=settings, city=city)
    decided = _decided(context, meant)
    conduct(context, "machines.apply", decided, live=live, reason=reason, as_json=json, plan_file=plan)


@task(
    positional=["names"],
    help={
        "names": "the machines, separated by commas (SITE/NAME where two sites have one)",
        "live": LIVE_HELP,
        "reason": REASON_HELP,
        "city": CITY_HELP,
        "settings": SETTINGS_HELP,
        "json": JSON_HELP,
    },
)
def remove(
    _context: Context,
    names: str,
    *,
    live: bool = False,
    reason: str = "",
    city: str = "",
    settings: str = "",
    json: bool = False,
) -> None:
    """Remove machines that a restore or a drill made, disks included; each is looked at again before it is destroyed.

    Example: inv machines.remove shiminpass-copy --live --reason "looked at it"
    """
    from fleet.machines.plan import plan_removal

    context = CommandContext(settings=settings, city=city)
    sight = _Sight(context, ())
    for one in sight.unread:  # what was named is found at the others, or the plan is refused
        say(f"left out, {one.source}: {one.message}")
    decided = plan_removal(city=context.estate.city, rows=sight.rows, names=_names(names))
    conduct(context, "machines.remove", decided, live=live, reason=reason, as_json=json)


def _names(words: str) -> tuple[str, ...]:
    return tuple(names_in(words))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """What a person typed: machines that are meant, lost ones to be made anew, and that many missing are no mistake."""

    only: tuple[str, ...]
    anew: tuple[str, ...]
    many_missing: bool


class _Sight:
    """The machines that a command is about: wanted, and found at their sites."""

    def __init__(self, context: CommandContext, only: tuple[str, ...]) -> None:
        from fleet.machines.wanted import check_only, wanted_machines

        self._context = context
        self._only = check_only(context.estate, only)
        self._wanted = wanted_machines(context.estate)

    @cached_property
    def rows(self) -> "tuple[Comparison, ...]":
        """Wanted and found side by side."""
        from fleet.machines.comparison import Known, compare_machines
        from fleet.machines.history import machines_copied
        from fleet.machines.wanted import host_machines

        found, hosts = self._sighting.seen, host_machines(self._context.estate)
        rows = compare_machines(self._wanted, found, self._only, Known(hosts=hosts))
        missing = {(row.site, row.name) for row in rows if row.state == "missing"}
        if not missing:
            return rows
        with self._context.open_ledger() as ledger:
            runs = ledger.iterate_runs(operation="backup.run")
            copied = machines_copied((run.summary for run in runs), missing)
        return compare_machines(self._wanted, found, self._only, Known(hosts=hosts, seen_before=copied))

    @property
    def unread(self) -> "tuple[Unread, ...]":
        """The sites that could not be read."""
        return self._sighting.unread

    @cached_property
    def wiring(self) -> "Wiring":
        """The city's drivers, reached from the settings' network."""
        from commands.wiring import Wiring

        self._context.enter_network()
        return Wiring(self._context.settings)

    @cached_property
    def _sighting(self) -> "Sighting[tuple[FoundMachine, ...]]":
        from fleet.machines.apply import observe_machines
        from fleet.machines.wanted import is_meant

        meant = {machine.site for machine in self._wanted if is_meant(machine, self._only)} | set(self._only)
        sites = [site for site in self._context.estate.sites if site in meant or not self._only]
        say(f"reading the machines of {', '.join(sites)}")
        return observe_machines(sites, self.wiring.vcenter)


def _decided(context: CommandContext, meant: _Meant) -> "Plan":
    """The plan, with what it leaves alone said."""
    from fleet.machines.apply import observe_obstacles
    from fleet.machines.comparison import hinder
    from fleet.machines.plan import plan_machines
    from fleet.machines.shortfall import left_out, refuse_many_missing

    sight = _Sight(context, meant.only)
    if not meant.many_missing:
        refuse_many_missing(sight.rows)
    obstacles = observe_obstacles(sight.rows, sight.wiring.vcenter)
    rows = hinder(sight.rows, obstacles.seen)
    _tell_untouched(rows)
    decided = plan_machines(city=context.estate.city, rows=rows, anew=meant.anew)
    return replace(decided, unread=(*sight.unread, *obstacles.unread, *left_out(rows, anew=meant.anew)))


def _tell_untouched(rows: "Sequence[Comparison]") -> None:
    """What a plan leaves alone, so that nobody takes silence for agreement."""
    from fleet.machines.comparison import list_some

    alike: dict[str, list[str]] = {}
    for row in rows:
        if row.state in _UNTOUCHED:
            alike.setdefault(_UNTOUCHED[row.state], []).append(f"{row.name} at {row.site}")
        elif row.note and row.state not in _LEFT_OUT:
            alike.setdefault(row.note, []).append(f"{row.name} at {row.site}")
    for told, names in alike.items():
        say(f"{list_some(names)}: {told}")


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
    told = [part for head, remark in remarks for part in (Text(head), Padding(Text(remark), (0, 0, 0, 4)))]
    wrong = sum(row.state not in _AS_IT_SHOULD_BE for row in rows)
    return Group(table, Text(), *told, Text(f"{len(rows)} machines, {wrong} not as wanted (found → wanted)"))


def _remark(row: "Comparison") -> str:
    """What differs, and what no plan mends."""
    hindered = f"not made: {row.hindrance}" if row.hindrance else ""
    told = [one for one in row.differences if not one.startswith("name:")]  # the note says it
    return "; ".join(part for part in (*told, row.note, hindered) if part)
