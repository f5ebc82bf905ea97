"""Whether what is promised can be recovered: copies often enough, far enough, and drills that can come green."""

from collections import deque
from collections.abc import Iterator

from groundwork.estate.draft import Draft, Stated
from groundwork.estate.fields import format_duration
from groundwork.estate.platform_entries import BackupPolicyForm, DrillForm, MachineForm
from groundwork.files.fault import Fault
from groundwork.model.machine import UNASSIGNED

Standing = dict[tuple[str, str], list[Stated[MachineForm]]]
"""The machines of a service at a site."""


def check_recovery(draft: Draft) -> Iterator[Fault]:
    """Policies that cannot keep an objective or cannot be carried out, drills that cannot succeed."""
    repositories = {host.form.site for host in draft.hosts if "repository" in host.form.roles}
    for policy in draft.backup_policies:
        yield from _chain(policy, draft)
        yield from _without_repository(policy, repositories, draft)
    standing = _machines_by_service(draft)
    for machine in draft.machines:
        yield from _policy(machine, draft)
    for drill in draft.drills:
        if drill.form.lost_site == drill.form.recovery_site:
            what = f'loses "{drill.form.lost_site}" and recovers there'
            yield drill.fault(what, "name another recovery_site", "recovery_site")
            continue
        for position in range(len(drill.form.services)):
            yield from _drilled(drill, position, standing, draft)


def _chain(policy: Stated[BackupPolicyForm], draft: Draft) -> Iterator[Fault]:
    copies = policy.form.copies_at
    for position, name in enumerate(copies[1:], start=1):
        site, before = draft.sites.get(name), copies[position - 1]
        if site is None or site.form.replicates_from not in (None, *draft.sites.names):
            continue
        if site.form.replicates_from != before:
            what = (
                f'copies go from "{before}" to "{name}", which replicates from {site.form.replicates_from or "nowhere"}'
            )
            yield policy.fault(what, "follow replicates_from of sites.yaml", "copies_at", position)


def _without_repository(policy: Stated[BackupPolicyForm], repositories: set[str], draft: Draft) -> Iterator[Fault]:
    for position, name in enumerate(policy.form.copies_at):
        if name in draft.sites.names and name not in repositories and draft.hosts.complete:
            what = f'copies stand at "{name}", which has no repository host'
            what_to_do = "add a host with the role repository there to hosts.yaml, or take the site out"
            yield policy.fault(what, what_to_do, "copies_at", position)


def _policy(machine: Stated[MachineForm], draft: Draft) -> Iterator[Fault]:
    policy = draft.backup_policies.get(machine.form.backup_policy)
    if policy is None:
        return
    first = policy.form.copies_at[0]
    if first != machine.form.site and first in draft.sites.names and machine.form.site in draft.sites.names:
        what = f'runs at "{machine.form.site}", but its backup policy "{policy.name}" begins at "{first}"'
        yield machine.fault(what, f'choose a policy whose copies_at begins with "{machine.form.site}"')
    service = draft.services.get(machine.form.service)
    if service is not None and policy.form.every > service.form.rpo:
        every, rpo = format_duration(policy.form.every), format_duration(service.form.rpo)
        what = f'is copied every {every} (policy "{policy.name}"), but the RPO of service "{service.name}" is {rpo}'
        yield machine.fault(what, "choose a policy that copies more often, or raise the RPO")


def _drilled(drill: Stated[DrillForm], position: int, standing: Standing, draft: Draft) -> Iterator[Fault]:
    name, part, site = drill.form.services[position], ("services", position), drill.form.lost_site
    service = draft.services.get(name)
    if service is None:
        return
    lost = standing.get((name, site), [])
    if not lost and draft.machines.complete and site in draft.sites.names:
        what = f'service "{name}" has no machine at "{site}"'
        yield drill.fault(what, "drill a service that stands at the lost site", *part)
    for machine in lost:
        yield from _recoverable(drill, machine, part, draft)
    needed_by = _needed_by(name, frozenset(drill.form.services), draft)
    for needed in needed_by:
        if (needed, site) in standing:
            by_way = _through(needed, needed_by)
            what = f'service "{name}" depends{by_way} on "{needed}", which is lost too and not drilled'
            yield drill.fault(what, f'add "{needed}" to services', *part)


def _recoverable(
    drill: Stated[DrillForm], machine: Stated[MachineForm], part: tuple[str, int], draft: Draft
) -> Iterator[Fault]:
    policy = draft.backup_policies.get(machine.form.backup_policy)
    undecided = [field for field in ("agency", "backup_policy") if getattr(machine.form, field) == UNASSIGNED]
    undecided += [field for field in ("network", "address") if getattr(machine.form, field) is None]
    if undecided:
        what = f'machine "{machine.name}" cannot be drilled: nobody has decided its {" and ".join(undecided)}'
        yield drill.fault(what, "decide in machines.csv, or take the service out of the drill", *part)
    if policy is not None and drill.form.recovery_site not in policy.form.copies_at:
        what = f'machine "{machine.name}" (policy "{policy.name}") has no copy at "{drill.form.recovery_site}"'
        yield drill.fault(what, "choose a policy that copies there, or another recovery_site", *part)


def _needed_by(service: str, drilled: frozenset[str], draft: Draft) -> dict[str, str]:
    """What a service needs, near or far, that is not drilled, and which service needs it."""
    needed_by: dict[str, str] = {}
    left = deque([service])
    while left:
        name = left.popleft()
        stated = draft.services.get(name)
        for needed in stated.form.depends_on if stated is not None else ():
            if needed not in needed_by and needed not in drilled:
                needed_by[needed] = name
                left.append(needed)
    return needed_by


def _through(needed: str, needed_by: dict[str, str]) -> str:
    steps = []
    while (needed := needed_by[needed]) in needed_by:
        steps.append(f'"{needed}"')
    return f" through {', '.join(reversed(steps))}" if steps else ""


def _machines_by_service(draft: Draft) -> Standing:
    standing: Standing = {}
    for machine in draft.machines:
        standing.setdefault((machine.form.service, machine.form.site), []).append(machine)
    return standing
