"""Whether VPN roles and vendor grants say something that can be done and may be done."""

from collections.abc import Iterator
from datetime import timedelta

from groundwork.estate.draft import Draft, Stated
from groundwork.estate.fields import format_duration
from groundwork.estate.network_entries import VendorGrantForm
from groundwork.files.fault import Fault

LONGEST_GRANT = timedelta(days=90)  # "a short time" (letter 院臺護字第1100165761號) in the estate's figures

_LONGEST_POOL = 30


def check_access(draft: Draft) -> Iterator[Fault]:
    """VPN roles, and grants against their roles."""
    for role in draft.vpn_roles:
        if role.form.idle_limit > role.form.session_limit:
            idle, session = format_duration(role.form.idle_limit), format_duration(role.form.session_limit)
            what = f"idle_limit {idle} is longer than session_limit {session}, so it never ends a session"
            yield role.fault(what, "shorten it", "idle_limit")
        if role.form.pool.prefixlen > _LONGEST_POOL:
            what = f"the pool {role.form.pool} has no room for a gateway and a client"
            yield role.fault(what, f"write /{_LONGEST_POOL} or shorter", "pool")
    for grant in draft.vendor_grants:
        yield from _window(grant)
        yield from _within_role(grant, draft)


def _window(grant: Stated[VendorGrantForm]) -> Iterator[Fault]:
    opens, closes = grant.form.opens, grant.form.closes
    if closes < opens:
        yield grant.fault(f"closes on {closes}, before it opens on {opens}", "correct one of the two", "closes")
    elif closes - opens > LONGEST_GRANT:
        what = f"is open for {(closes - opens).days} days; vendors come in for a short time only"
        yield grant.fault(what, f"close it within {LONGEST_GRANT.days} days, and grant anew if need be", "closes")


def _within_role(grant: Stated[VendorGrantForm], draft: Draft) -> Iterator[Fault]:
    role = draft.vpn_roles.get(grant.form.role)
    if role is None:
        return
    if role.form.audience != "vendor":
        yield grant.fault(
            f'opens role "{role.name}", which is for {role.form.audience}', "name a vendors' role", "role"
        )
    ports, networks = frozenset(role.form.ports), frozenset(role.form.networks)
    for position, port in enumerate(grant.form.ports):
        if not ports & {port, "any"}:
            what = f'opens {port}, which role "{role.name}" does not reach'
            yield grant.fault(what, "name ports of the role", "ports", position)
    for position, name in enumerate(grant.form.machines):
        machine = draft.machines.get(name)
        if (
            machine is not None
            and machine.form.network in draft.networks.names
            and machine.form.network not in networks
        ):
            what = f'machine "{name}" stands in "{machine.form.network}", which role "{role.name}" does not reach'
            yield grant.fault(what, "name machines that the role reaches", "machines", position)
