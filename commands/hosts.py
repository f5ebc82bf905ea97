"""Service hosts: what Ansible would change on them, and changing it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from invoke import Context, task

from commands.conduct import conduct
from commands.context import (
    CITY_HELP,
    JSON_HELP,
    LIVE_HELP,
    OUT_HELP,
    PLAN_HELP,
    REASON_HELP,
    SETTINGS_HELP,
    CommandContext,
    say,
)
from commands.options import names_in
from groundwork.errors import OutsideError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleet.hosts.model import HostDrift
    from groundwork.change.plan import Plan, Unread
    from groundwork.estate.estate import Estate
    from groundwork.model.host import Host

_ONLY_HELP = "only these hosts, sites or roles, with commas"
_HELP = {"only": _ONLY_HELP, "city": CITY_HELP, "settings": SETTINGS_HELP, "json": JSON_HELP, "out": OUT_HELP}


@task(help={**_HELP, "diff": "show what each change would change, on standard error"})
def plan(
    _context: Context,
    *,
    only: str = "",
    city: str = "",
    settings: str = "",
    json: bool = False,
    out: str = "",
    diff: bool = False,
) -> None:
    """Show what the hosts lack, as Ansible's check mode sees it; nothing is touched.

    Ends with 2 when there is something to do, 5 when a host does not answer.

    Example: inv hosts.plan --only repository --diff
    """
    context = CommandContext(settings=settings, city=city)
    found = _observe(context, only, diff=diff)
    conduct(context, "hosts.apply", found, live=False, reason="", as_json=json, out=out)


@task(help={**_HELP, "live": LIVE_HELP, "reason": REASON_HELP, "plan": PLAN_HELP})
def apply(
    _context: Context,
    *,
    only: str = "",
    live: bool = False,
    reason: str = "",
    plan: str = "",
    city: str = "",
    settings: str = "",
    json: bool = False,
    out: str = "",
) -> None:
    """Make the hosts what the estate says: one host of each role first, then the rest, each checked afterwards.

    Example: inv hosts.apply --live --reason "new rules for alerts"
    """
    context = CommandContext(settings=settings, city=city)
    found = _observe(context, only, diff=False)
    conduct(context, "hosts.apply", found, live=live, reason=reason, as_json=json, out=out, plan_file=plan)


def _observe(context: CommandContext, only: str, *, diff: bool) -> "Plan":
    from commands.needs import check_needs, host_needs
    from commands.wiring import Wiring
    from fleet.hosts.apply import see_hosts
    from fleet.hosts.plan import OPERATION, plan_hosts

    hosts = _meant(context.estate, only)
    wiring = Wiring(context.settings)
    check_needs(host_needs(wiring), operation=OPERATION)
    context.enter_network()
    say(f"asking {len(hosts)} hosts what they lack")
    drifts = see_hosts(wiring.playbooks, hosts)
    if diff:
        _tell_diffs(drifts)
    unread = tuple(_unread(drift) for drift in drifts if drift.failure)
    left_out = {one.source for one in unread}
    seen = tuple(host for host in hosts if host.name not in left_out)
    known = tuple(drift for drift in drifts if drift.host not in left_out)
    return replace(plan_hosts(city=context.estate.city, hosts=seen, drifts=known), unread=unread)


def _meant(estate: "Estate", only: str) -> "tuple[Host, ...]":
    words = set(names_in(only))
    known = {name for host in estate.hosts.values() for name in (host.name, host.site, *host.roles)}
    if strangers := sorted(words - known):
        raise UsageError(
            f"no host, site or role is called {', '.join(strangers)}", hint=f"there are {', '.join(sorted(known))}"
        )
    return tuple(host for host in estate.hosts.values() if not words or words & {host.name, host.site, *host.roles})


def _unread(drift: "HostDrift") -> "Unread":
    """A host that nobody could ask: told, and left out, for the plan would read as if nothing were to do there."""
    from groundwork.change.plan import Unread

    hint = "see that it is up and can be reached, or leave it out with --only"
    if not drift.unreachable:
        hint = "mend what the task says, or leave the host out with --only"
    return Unread(source=drift.host, message=str(drift.failure), hint=hint, exit_code=OutsideError.exit_code)


def _tell_diffs(drifts: "Sequence[HostDrift]") -> None:
    for drift in drifts:
        for change in drift.changes:
            say(f"\n{drift.host}: {change.describe()}\n{change.diff}")
