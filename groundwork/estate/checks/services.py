"""Whether services can keep what they promise: objectives, dependencies, probes, and the machines they stand on."""

from collections.abc import Iterator
from typing import Any

from groundwork.estate.checks.cycles import find_cycles
from groundwork.estate.draft import Draft, Stated
from groundwork.estate.fields import format_duration
from groundwork.estate.platform_entries import DataAgeForm, MachineForm, ProbeForm, ServiceForm
from groundwork.files.fault import Fault

_NEEDS = {"command": ("command",), "page": ("path", "port", "field"), "file": ("path",)}  # by kind of data age


def check_services(draft: Draft) -> Iterator[Fault]:
    """Objectives that contradict one another, circles of dependency, probes that cannot be asked."""
    if draft.services.whole and draft.machines.whole and not draft.services.names and not draft.machines.names:
        what = "the city has neither a service nor a machine"
        yield Fault(file=draft.services.file, line=1, what=what, what_to_do="write the services that it is to keep up")
    for service in draft.services:
        yield from _objectives(service, draft)
        yield from _probes(service, draft)
        yield from _data_age(service, draft)
    for cycle in find_cycles({service.name: service.form.depends_on for service in draft.services}):
        what = f"depends on itself: {' → '.join(cycle)}"
        yield draft.services.stated[cycle[0]].fault(what, "remove one of these steps", "depends_on")


def check_machines(draft: Draft) -> Iterator[Fault]:
    """Machines and hosts in another site's network, web machines without a database."""
    for thing in (*draft.machines, *draft.hosts, *draft.firewall_pairs):
        yield from _elsewhere(thing, thing.form.network, draft)
    for machine in draft.machines:
        for network in {adapter.network for adapter in machine.form.adapters} - {machine.form.network}:
            yield from _elsewhere(machine, network, draft)
        yield from _database(machine, draft)


def _elsewhere(thing: Stated[Any], name: str | None, draft: Draft) -> Iterator[Fault]:
    network, known = draft.networks.get(name), draft.sites.names
    if network is None or network.form.site not in known or thing.form.site not in known:
        return
    if network.form.site != thing.form.site:
        what = f'stands at site "{thing.form.site}", but network "{network.name}" is at "{network.form.site}"'
        yield thing.fault(what, "correct the site or the network", "network")


def _objectives(service: Stated[ServiceForm], draft: Draft) -> Iterator[Fault]:
    form = service.form
    if form.rto > form.mtpd:
        what = f"RTO {format_duration(form.rto)} is longer than MTPD {format_duration(form.mtpd)}"
        yield service.fault(what, "shorten the RTO or raise the MTPD", "rto")
    for position, name in enumerate(form.depends_on):
        needed = draft.services.get(name)
        if needed is not None and needed.form.rto > form.rto:
            mine, its = format_duration(form.rto), format_duration(needed.form.rto)
            what = f'RTO {mine} cannot be kept: it depends on "{name}", whose RTO is {its}'
            yield service.fault(what, "raise this RTO or shorten the other", "depends_on", position)


def _probes(service: Stated[ServiceForm], draft: Draft) -> Iterator[Fault]:
    first: dict[ProbeForm, int] = {}
    for position, probe in enumerate(service.form.probes):
        part = ("probes", position)
        if first.setdefault(probe, position) != position:
            line = service.line("probes", first[probe])
            yield service.fault(f"lists one probe twice, first on line {line}", "keep one of the two", *part)
        yield from _asked(service, probe, draft, part)
        if probe.kind != "ssh" and probe.port is None:
            yield service.fault(f"the {probe.kind} probe has no port", "add port", *part)
        if probe.kind in {"http", "https"} and not probe.contains:
            what = f"the {probe.kind} probe does not say what the page holds"
            yield service.fault(what, "add contains, with a word only the working page has", *part)
        if probe.kind == "https" and probe.server_name is None:
            yield service.fault("the https probe does not say whose certificate it expects", "add server_name", *part)


def _data_age(service: Stated[ServiceForm], draft: Draft) -> Iterator[Fault]:
    for position, source in enumerate(service.form.data_age):
        part = ("data_age", position)
        yield from _asked(service, source, draft, part)
        lacking = [name for name in _NEEDS[source.kind] if getattr(source, name) is None]
        if lacking:
            what = f"the {source.kind} that gives the data's age has no {' and no '.join(lacking)}"
            yield service.fault(what, f"add {' and '.join(lacking)}", *part)


def _asked(
    service: Stated[ServiceForm], asked: ProbeForm | DataAgeForm, draft: Draft, part: tuple[str, int]
) -> Iterator[Fault]:
    machine = draft.machines.get(asked.machine)
    other = machine.form.service if machine is not None else service.name
    if machine is not None and other != service.name and other in draft.services.names:
        what = f'probes machine "{machine.name}", which is of service "{other}"'
        yield service.fault(what, "probe a machine of this service", *part, "machine")


def _database(machine: Stated[MachineForm], draft: Draft) -> Iterator[Fault]:
    form = machine.form
    if form.role != "web":
        if form.database is not None:
            yield machine.fault(f'names a database, but its role is "{form.role}"', "empty the cell or write role web")
        return
    if form.database is None:
        yield machine.fault("is a web machine and names no database", "name the database machine it reads from")
        return
    database = draft.machines.get(form.database)
    if database is None:
        return
    if database.form.role != "database":
        what = f'reads from "{database.name}", whose role is "{database.form.role}"'
        yield machine.fault(what, "name a machine whose role is database")
