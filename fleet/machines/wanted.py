"""What the estate wants of its machines: each with its folder, cards, mark, template and first-boot information."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fleet.machines.model import Card, WantedMachine, WantedTemplate
from groundwork.estate.estate import Estate
from groundwork.estate.selection import Selectable, parse_selection, selectable_machine
from groundwork.model.first_boot import FirstBoot
from groundwork.model.machine import UNASSIGNED, Adapter, Machine
from groundwork.model.mark import render_kept
from groundwork.model.template import Template


def wanted_machines(estate: Estate) -> tuple[WantedMachine, ...]:
    """Every machine of the estate, in its order; templates are not among them."""
    return tuple(_wanted(estate, machine) for machine in estate.machines.values() if machine.role != "template")


def host_machines(estate: Estate) -> frozenset[tuple[str, str]]:
    """Site and vCenter's name of the machines that are service hosts: known, and not machines of the list."""
    return frozenset((host.site, host.machine) for host in estate.hosts.values() if host.machine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a command is limited to: machines of the estate by name, and sites with whatever is found there."""

    machines: frozenset[str]
    sites: frozenset[str]


def meant_machines(estate: Estate, only: Iterable[str]) -> Meant:
    """What the words select, or everything without a word. Raises UsageError for a word that selects nothing.

    A site or an agency without machines can be selected too: strangers may stand there.
    """
    machines = [selectable_machine(one) for one in estate.machines.values() if one.role != "template"]
    sites = {site: Selectable(kind="machine", site=site) for site in estate.sites}
    agencies = [Selectable(kind="machine", agency=agency) for agency in estate.agencies]
    selection = parse_selection(only, (*machines, *sites.values(), *agencies), what="machine")
    whole = frozenset(site for site, thing in sites.items() if selection.matches(thing))
    return Meant(machines=selection.names(machines), sites=whole)


def _wanted(estate: Estate, machine: Machine) -> WantedMachine:
    template = estate.templates.get(machine.template)
    cards = machine.adapters or ((Adapter(network=machine.network),) if machine.network else ())
    return WantedMachine(
        name=machine.name,
        site=machine.site,
        agency=machine.agency,
        tier=machine.tier,
        vcenter_name=machine.name_at_vcenter,
        folder=machine.folder,
        vcpus=machine.vcpus,
        memory_mib=machine.memory_mib,
        disk_gib=machine.disk_gib,
        cards=tuple(Card(network=estate.networks[one.network].port_group_path, mac=one.mac) for one in cards),
        powered_on=machine.powered_on,
        mark=_mark(machine),
        uuid=machine.uuid,
        template=_template(template) if template else None,
        firmware=machine.firmware,
        guest_type=machine.guest_type,
        controller=machine.controller,
        datastore=machine.datastore,
        guest_info=guest_info(estate, machine) if template else (),
    )


def _template(template: Template) -> WantedTemplate:
    return WantedTemplate(name=template.name_at_vcenter, disk_gib=template.disk_gib, controller=template.controller)


def _mark(machine: Machine) -> str:
    """None is wanted of an adopted machine, known by its identity, while nobody has decided whose it is."""
    if machine.uuid and UNASSIGNED in (machine.agency, machine.service):
        return ""
    return render_kept(machine=machine.name, agency=machine.agency, service=machine.service, tier=machine.tier)


def guest_info(estate: Estate, machine: Machine) -> tuple[tuple[str, str], ...]:
    """What a machine is given at its first boot; the key that opens it comes with its template."""
    boot = FirstBoot(hostname=machine.name, facts=(("role", machine.role),))
    network = estate.networks.get(machine.network)
    if network and machine.address:
        boot = replace(boot, address=f"{machine.address}/{network.cidr.prefixlen}", gateway=str(network.gateway))
    if machine.database:
        boot = replace(boot, facts=(*boot.facts, ("database", estate.machines[machine.database].address)))
    return boot.guest_info()
