"""`backup.list`: what the repositories hold, as they say now or said a moment ago."""

from typing import TYPE_CHECKING

from commands.command import READ, Asked, command
from commands.conduct import end_unread
from commands.context import CommandContext, answer
from commands.remembering import Remembered, open_remembered, read_proofs
from groundwork.errors import UsageError

if TYPE_CHECKING:
    from datetime import timedelta

    from groundwork.drivers.repository_host.protocol import Refusals
    from groundwork.shell.sighting import Sighting

_SHOWN = 20  # points passed over that a person is shown
_LATE = 2  # a gap is what is longer than so many times the interval of the policy, as in the alert


@command(
    *READ,
    name="list",
    help={
        "site": "only the copies that this site holds",
        "machine": "all points of this machine (default: the newest of each)",
        "agency": "only the machines of this agency",
        "gaps": "where a machine went without a new point for longer than its policy allows",
        "proofs": "ask the repository hosts what they re-read and proved, and name copies that are not proven",
        "refresh": "read the repositories anew, however short ago they were read",
    },
)
def list_points(
    asked: Asked,
    *,
    site: str = "",
    machine: str = "",
    agency: str = "",
    gaps: bool = False,
    proofs: bool = False,
    refresh: bool = False,
) -> None:
    """List the restore points with their age and the sites that hold a copy, and those that no recovery would choose.

    What a repository said less than a quarter of an hour ago is not asked again, unless a backup or a replication was
    at work since; a recovery always asks. When each was read is shown. A site whose repository cannot be read now is
    named and shown as it was last; the command then ends with 5. With --proofs a copy whose repository was not all
    re-read by its host in nine days, or not found right, is named as unproven, by site.

    Example: inv backup.list --site nchc --proofs
    Example: inv backup.list --machine shiminpass-db-01 --json
    Example: inv backup.list --gaps --refresh
    """
    context = asked.context
    sites = [context.estate.site(site).name] if site else list(context.estate.sites)
    if agency and agency not in context.estate.agencies:
        raise UsageError(f"there is no agency {agency}", hint="`agencies` of the estate names them")
    machines = _machines(context, machine, agency)
    with open_remembered(context, sites, refresh=refresh) as remembered:
        proven = read_proofs(context, remembered.sites) if proofs else None
        if gaps:
            _answer_gaps(remembered, _allowed(context, remembered.sites, machines), as_json=asked.json)
        else:
            _answer_points(remembered, machines, proven, every=bool(machine), as_json=asked.json)
    end_unread((*remembered.unread, *(proven.unread if proven else ())))


def _machines(context: CommandContext, machine: str, agency: str) -> list[str] | None:
    """The names that are meant; None for all. A machine that the estate has no more may have points still."""
    if agency:
        named = [one.name for one in context.estate.machines.values() if one.agency == agency]
        return [name for name in named if machine in {"", name}]
    return [machine] if machine else None


def _answer_points(
    remembered: Remembered,
    machines: list[str] | None,
    proofs: "Sighting[Refusals] | None",
    *,
    every: bool,
    as_json: bool,
) -> None:
    from backup.remembered import recall, recall_bundles
    from backup.unproven import unproven_copies
    from commands.backup_tables import merge_bundles, points_document, points_table
    from groundwork.shell.clock import SystemClock

    catalogue, sites = remembered.catalogue, remembered.sites
    bundles = merge_bundles({site: recall_bundles(one) for site, one in remembered.readings.items()})
    if as_json or every:
        copies = tuple(recall(catalogue.points(sites, machines), sites))
        counts = None
    else:
        newest = recall(catalogue.newest(sites, machines), sites)
        doubted = recall(catalogue.passed_over(sites, machines, limit=_SHOWN), sites)
        copies, counts = (*newest, *doubted), catalogue.count(sites, machines)
    unproven = unproven_copies(copies, proofs.seen, now=SystemClock().now()) if proofs else None
    document = points_document(copies, bundles, remembered, unproven) if as_json else None
    answer(
        document,
        lambda: points_table(copies, bundles, remembered, unproven, newest_only=not every, counts=counts),
        as_json=as_json,
    )


def _answer_gaps(remembered: Remembered, allowed: "dict[tuple[str, str], timedelta]", *, as_json: bool) -> None:
    from commands.backup_tables import gaps_document, gaps_table
    from groundwork.shell.clock import SystemClock

    gaps = remembered.catalogue.gaps(allowed, now=SystemClock().now())
    answer(gaps_document(gaps, remembered), lambda: gaps_table(gaps, remembered), as_json=as_json)


def _allowed(
    context: CommandContext, sites: list[str], machines: list[str] | None
) -> "dict[tuple[str, str], timedelta]":
    """How long a machine may go without a new point, at each of the sites where its policy wants a copy."""
    policies = context.estate.backup_policies
    return {
        (site, one.name): policies[one.backup_policy].every * _LATE
        for one in context.estate.machines.values()
        if one.role != "template" and (machines is None or one.name in machines)
        for site in policies[one.backup_policy].copies_at
        if site in sites
    }
