"""Service hosts: what Ansible would change on them, and changing it."""

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
from groundwork.errors import OutsideError, UnreachableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleet.hosts.model import HostDrift
    from groundwork.change.plan import Plan
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
    from commands.wiring import Wiring
    from fleet.hosts.apply import see_hosts
    from fleet.hosts.plan import plan_hosts

    hosts = _meant(context.estate, only)
    context.enter_network()
    say(f"asking {len(hosts)} hosts what they lack")
    drifts = see_hosts(Wiring(context.settings).playbooks, hosts)
    _refuse_untold(drifts)
    if diff:
        _tell_diffs(drifts)
    return plan_hosts(city=context.estate.city, hosts=hosts, drifts=drifts)


def _meant(estate: "Estate", only: str) -> "tuple[Host, ...]":
    words = {word.strip() for word in only.split(",") if word.strip()}
    known = {name for host in estate.hosts.values() for name in (host.name, host.site, *host.roles)}
    if strangers := sorted(words - known):
        raise UsageError(
            f"no host, site or role is called {', '.join(strangers)}", hint=f"there are {', '.join(sorted(known))}"
        )
    return tuple(host for host in estate.hosts.values() if not words or words & {host.name, host.site, *host.roles})


def _refuse_untold(drifts: "Sequence[HostDrift]") -> None:
    """A plan that leaves out a host nobody could ask would read as if nothing were to do there."""
    untold = [drift for drift in drifts if drift.failure]
    if not untold:
        return
    kind = UnreachableError if all(drift.unreachable for drift in untold) else OutsideError
    reasons = "; ".join(f"{drift.host}: {drift.failure}" for drift in untold)
    raise kind(f"what these hosts lack cannot be told: {reasons}", hint="mend them, or leave them out with --only")


def _tell_diffs(drifts: "Sequence[HostDrift]") -> None:
    for drift in drifts:
        for change in drift.changes:
            say(f"\n{drift.host}: {change.describe()}\n{change.diff}")
