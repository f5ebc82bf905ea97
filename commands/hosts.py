"""Service hosts: what Ansible would change on them, and changing it."""

from invoke import Context, task

from commands.conduct import conduct
from commands.context import (
    CITY_HELP,
    EMERGENCY_HELP,
    JSON_HELP,
    LIVE_HELP,
    ONLY_HELP,
    OUT_HELP,
    PLAN_HELP,
    REASON_HELP,
    SETTINGS_HELP,
    CommandContext,
)
from commands.options import names_in

_HELP = {"only": ONLY_HELP, "city": CITY_HELP, "settings": SETTINGS_HELP, "json": JSON_HELP, "out": OUT_HELP}


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
    from fleet.hosts.proposal import HostsRequest

    context = CommandContext(settings=settings, city=city)
    request = HostsRequest(only=tuple(names_in(only)), diff=diff)
    conduct(context, "hosts.apply", request, live=False, reason="", as_json=json, out=out)


@task(help={**_HELP, "live": LIVE_HELP, "emergency": EMERGENCY_HELP, "reason": REASON_HELP, "plan": PLAN_HELP})
def apply(
    _context: Context,
    *,
    only: str = "",
    live: bool = False,
    reason: str = "",
    emergency: str = "",
    plan: str = "",
    city: str = "",
    settings: str = "",
    json: bool = False,
    out: str = "",
) -> None:
    """Make the hosts what the estate says: one host of each role first, then the rest, each checked afterwards.

    Example: inv hosts.apply --live --reason "new rules for alerts"
    """
    from fleet.hosts.proposal import HostsRequest

    context = CommandContext(settings=settings, city=city)
    request = HostsRequest(only=tuple(names_in(only)))
    conduct(
        context,
        "hosts.apply",
        request,
        live=live,
        reason=reason,
        as_json=json,
        out=out,
        plan_file=plan,
        emergency=emergency,
    )
