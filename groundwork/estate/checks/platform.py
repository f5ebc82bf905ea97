"""Whether the machines can be told apart and be made at the vCenters: names, templates, network cards, identities."""

from collections.abc import Hashable, Iterator
from typing import Any

from groundwork.estate.draft import Draft, Stated
from groundwork.estate.platform_entries import MachineForm
from groundwork.files.fault import Fault
from groundwork.model.machine import UNASSIGNED

_Named = tuple[str, str, Stated[Any]]  # the site, the name there, and what bears it


def check_platform(draft: Draft) -> Iterator[Fault]:
    """Reserved names, two things of one name or identity at a vCenter, machines that their template cannot become."""
    for entries in (draft.agencies, draft.services, draft.backup_policies):
        if (reserved := entries.get(UNASSIGNED)) is not None:
            what = "is the name for what nobody has decided yet"
            yield reserved.fault(what, "give it another name")
    yield from _names(draft)
    yield from _twice(draft, "uuid")
    first: dict[str, Stated[MachineForm]] = {}
    for machine in draft.machines:
        yield from _template(machine, draft)
        yield from _cards(machine, first)
    for host in draft.hosts:
        if "prober" in host.form.roles and host.form.machine is None:
            what = "has the role prober and does not say which machine of the vCenter it is"
            yield host.fault(what, "add machine, its name at the vCenter", "roles")


def _names(draft: Draft) -> Iterator[Fault]:
    """A vCenter takes `web` and `WEB` in two folders; only two machines with a uuid each can be told apart then."""
    first: dict[tuple[str, str], tuple[str, Stated[Any]]] = {}
    named: list[_Named] = [(one.form.site, one.form.vcenter_name or one.name, one) for one in draft.machines]
    for site, name, one in _templates(draft) + named:
        before, other = first.setdefault((site, name.casefold()), (name, one))
        if other is not one and not (_uuid(one) and _uuid(other)):
            alike = "" if before == name else f', which differs only in case from "{before}"'
            where = f"{other.file.rpartition('/')[2]}:{other.line()}"
            what = f'is named "{name}" at "{site}"{alike}, the name of {other.sort} "{other.name}" ({where})'
            yield one.fault(what, "rename one of the two, here and at the vCenter")


def _uuid(one: Stated[Any]) -> str | None:
    return getattr(one.form, "uuid", None)


def _templates(draft: Draft) -> list[_Named]:
    sites = tuple(draft.sites.names)
    return [
        (site, one.form.vcenter_name or one.name, one) for one in draft.templates for site in one.form.sites or sites
    ]


def _twice(draft: Draft, field: str) -> Iterator[Fault]:
    first: dict[Hashable, Stated[MachineForm]] = {}
    for machine in draft.machines:
        value = getattr(machine.form, field)
        if value is not None and (other := first.setdefault(value, machine)) is not machine:
            what = f'the {field} {value} is that of machine "{other.name}" (machines.csv:{other.line()})'
            yield machine.fault(what, "empty one of the two cells; the vCenter shows whose it is")


def _template(machine: Stated[MachineForm], draft: Draft) -> Iterator[Fault]:
    template = draft.templates.get(machine.form.template)
    if template is None:
        return
    if template.form.sites and machine.form.site not in template.form.sites:
        what = f'is made from template "{template.name}", which does not stand at "{machine.form.site}"'
        yield machine.fault(what, "name a template of its site, or add the site to templates.yaml")
    if machine.form.disk_gib < template.form.disk_gib:
        what = f'has {machine.form.disk_gib} GiB of disk, its template "{template.name}" {template.form.disk_gib}'
        yield machine.fault(what, "write as much or more: a disk can be made larger only")


def _cards(machine: Stated[MachineForm], first: dict[str, Stated[MachineForm]]) -> Iterator[Fault]:
    cards = machine.form.adapters
    if cards and machine.form.network is not None and cards[0].network != machine.form.network:
        what = f'its first network card is in "{cards[0].network}", but its network is "{machine.form.network}"'
        yield machine.fault(what, "let the card of its address come first, or correct the network")
    own: set[str] = set()
    for card in cards:
        if card.mac and (card.mac in own or first.setdefault(card.mac, machine) is not machine):
            other = first[card.mac]
            whose = (
                "another card of its own"
                if card.mac in own
                else f'machine "{other.name}" (machines.csv:{other.line()})'
            )
            yield machine.fault(f"the MAC {card.mac} is that of {whose}", "correct one of the two")
        own.add(card.mac)
