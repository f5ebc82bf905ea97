"""Whether what is promised can be recovered: copies often enough, far enough, and drills that can come green."""

from collections.abc import Iterator

from groundwork.estate.draft import Draft, Stated
from groundwork.estate.faults import Fault
from groundwork.estate.fields import format_duration
from groundwork.estate.platform_entries import BackupPolicyForm, DrillForm, MachineForm
from groundwork.model.machine import UNASSIGNED


def check_recovery(draft: Draft) -> Iterator[Fault]:
    """Policies that cannot keep an objective or cannot be carried out, drills that cannot succeed."""
    for policy in draft.backup_policies:
        yield from _chain(policy, draft)
    for machine in draft.machines:
        yield from _policy(machine, draft)
    for drill in draft.drills:
        if drill.form.lost_site == drill.form.recovery_site:
            what = f'loses "{drill.form.lost_site}" and recovers there'
            yield drill.fault(what, "name another recovery_site", "recovery_site")
            continue
        for position in range(len(drill.form.services)):
            yield from _drilled(drill, position, draft)


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


def _drilled(drill: Stated[DrillForm], position: int, draft: Draft) -> Iterator[Fault]:
    name, part = drill.form.services[position], ("services", position)
    service = draft.services.get(name)
    if service is None:
        return
    lost = _lost(name, drill.form.lost_site, draft)
    if not lost and draft.machines.complete and drill.form.lost_site in draft.sites.names:
        what = f'service "{name}" has no machine at "{drill.form.lost_site}"'
        yield drill.fault(what, "drill a service that stands at the lost site", *part)
    if not any(probe.kind == "canary" for probe in service.form.probes):
        what = f'service "{name}" has no canary probe, so its RPO cannot be measured'
        yield drill.fault(what, "add one to services.yaml", *part)
    for machine in lost:
        yield from _recoverable(drill, machine, part, draft)
    for needed in service.form.depends_on:
        if needed not in drill.form.services and _lost(needed, drill.form.lost_site, draft):
            what = f'service "{name}" depends on "{needed}", which is lost too and not drilled'
            yield drill.fault(what, "add it to services", *part)


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


def _lost(service: str, site: str, draft: Draft) -> list[Stated[MachineForm]]:
    return [one for one in draft.machines if one.form.service == service and one.form.site == site]
