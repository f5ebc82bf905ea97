"""What the estate wants of its machines: each with its folder, mark, template and first-boot information."""

from collections.abc import Collection, Iterable

from fleet.machines.model import WantedMachine, render_mark
from groundwork.errors import UsageError
from groundwork.estate.estate import Estate
from groundwork.model.machine import Machine


def wanted_machines(estate: Estate) -> tuple[WantedMachine, ...]:
    """Every machine of the estate, in its order; templates are not among them."""
    return tuple(_wanted(estate, machine) for machine in estate.machines.values() if machine.role != "template")


def check_only(estate: Estate, only: Iterable[str]) -> tuple[str, ...]:
    """The names of machines, agencies and sites that a command is limited to. Raises UsageError for any other."""
    names = tuple(only)
    for name in names:
        if name not in estate.machines and name not in estate.agencies and name not in estate.sites:
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
    return WantedMachine(
        name=machine.name,
        site=machine.site,
        agency=machine.agency,
        tier=machine.tier,
        folder=machine.folder,
        vcpus=machine.vcpus,
        memory_mib=machine.memory_mib,
        disk_gib=machine.disk_gib,
        network=machine.network,
        address=machine.address,
        powered_on=machine.powered_on,
        boots=machine.boots,
        mark=render_mark(agency=machine.agency, service=machine.service, tier=machine.tier),
        template=template.name_at_vcenter if template else None,
        guest_info=guest_info(estate, machine) if machine.boots else (),
    )


def guest_info(estate: Estate, machine: Machine) -> tuple[tuple[str, str], ...]:
    """What a machine's first boot is told; the key that opens it comes with its template."""
    told = [("hostname", machine.name), ("role", machine.role)]
    network = estate.networks.get(machine.network)
    if network and machine.address:
        told += [("address", f"{machine.address}/{network.cidr.prefixlen}"), ("gateway", str(network.gateway))]
    if machine.database:
        told.append(("database", estate.machines[machine.database].address))
    return tuple(told)
