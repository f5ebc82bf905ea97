"""What the estate wants of its machines: each with its folder, cards, mark, template and first-boot information."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from fleet.machines.model import Card, WantedMachine, WantedTemplate
from groundwork.errors import UsageError
from groundwork.estate.estate import Estate
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


def check_only(estate: Estate, only: Iterable[str]) -> tuple[str, ...]:
    """The names of machines, agencies and sites that a command is limited to. Raises UsageError for any other."""
    names = tuple(only)
    for name in names:
        known = name in estate.machines or name in estate.agencies or name in estate.sites
        if not known and name != UNASSIGNED:
            raise UsageError(
                f"the estate of {estate.city} has no machine, agency or site named {name!r}",
                hint="`--only` takes names of machines, agencies and sites, separated by commas",
            )
    return names


def is_meant(machine: WantedMachine, only: Collection[str]) -> bool:
    """True when nothing is named, or the machine, its agency or its site is."""
    return not only or not {machine.name, machine.agency, machine.site}.isdisjoint(only)


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
    """What a machine's first boot is told; the key that opens it comes with its template."""
    told = FirstBoot(hostname=machine.name, facts=(("role", machine.role),))
    network = estate.networks.get(machine.network)
    if network and machine.address:
        told = replace(told, address=f"{machine.address}/{network.cidr.prefixlen}", gateway=str(network.gateway))
    if machine.database:
        told = replace(told, facts=(*told.facts, ("database", estate.machines[machine.database].address)))
    return told.guest_info()
