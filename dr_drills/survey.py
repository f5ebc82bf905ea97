"""What a drill surveys from the recovery site's own estate and repository, for its next stages to be decided on."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address

from backup.catalogue import Candidates, Entry, moment_of, rank
from dr_drills.evidence import Image, PassedOver, Survey
from dr_drills.model import SurveySurvivor
from groundwork.errors import ConfigurationError
from groundwork.estate.estate import Estate
from groundwork.model.machine import Machine
from groundwork.model.service import Service

_MOST_CANDIDATES = 5  # how many restore points of a machine are tried before it counts as not recoverable


def survey_estate(estate: Estate, step: SurveySurvivor, *, entries: Iterable[Entry], before: Image) -> Survey:
    """The survey. Raises ConfigurationError when a scenario's service has no machine at the lost site."""
    scenario = estate.drill(step.scenario)
    wanted = step.only or scenario.services
    lost = {
        service: tuple(machine for machine in estate.machines_of(service.name) if machine.site == scenario.lost_site)
        for service in _with_needed(estate, wanted)
    }
    services = tuple(service for service in lost if lost[service] or service.name in wanted)
    machines = tuple(machine for service in services for machine in lost[service])
    names = tuple(machine.name for machine in machines)
    if not machines:
        raise ConfigurationError(
            f"none of {', '.join(wanted)} has a machine at {scenario.lost_site}",
            hint=f"mend the drill {scenario.name} in the estate",
        )
    ranked = rank(entries, set(names))
    candidates = {name: found.points[:_MOST_CANDIDATES] for name, found in ranked.items()}
    return Survey(
        estate_digest=estate.digest,
        scenario=scenario,
        services=services,
        machines=machines,
        points=tuple(point for name in names for point in candidates.get(name, ())),
        missing=tuple(name for name in names if not candidates.get(name)),
        gateways=_gateways(estate, machines),
        before=before,
        production=_production(estate),
        production_gateways=tuple(dict.fromkeys(str(network.gateway) for network in estate.networks.values())),
        neighbours=_neighbours(estate, step.site),
        passed_over=tuple(one for found in ranked.values() for one in _passed_over(found)),
    )


def _passed_over(found: Candidates) -> Iterator[PassedOver]:
    """What would have been chosen before the newest candidate, had there been nothing against it."""
    newest = found.points[0].taken if found.points else None
    for entry in found.passed_over[:_MOST_CANDIDATES]:
        if newest is None or moment_of(entry) > newest:
            point = entry.point.key if entry.point else entry.snapshot
            yield PassedOver(machine=entry.machine, point=point, reason=entry.reason)


def _with_needed(estate: Estate, names: tuple[str, ...]) -> tuple[Service, ...]:
    found: dict[str, Service] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = estate.service(name)
            waiting.extend(found[name].depends_on)
    return tuple(found.values())


def _gateways(estate: Estate, machines: tuple[Machine, ...]) -> tuple[str, ...]:
    networks = {machine.network: estate.networks[machine.network] for machine in machines}
    return tuple(f"{network.gateway}/{network.cidr.prefixlen}" for network in networks.values())


def _production(estate: Estate) -> tuple[str, ...]:
    """Every address that the estate knows: gateways, vCenters, hosts, machines."""
    known = (
        *(str(network.gateway) for network in estate.networks.values()),
        *(site.vcenter.address for site in estate.sites.values()),
        *(host.address for host in estate.hosts.values()),
        *(machine.address for machine in estate.machines.values() if machine.address),
    )
    return tuple(dict.fromkeys(known))


def _neighbours(estate: Estate, site: str) -> tuple[str, ...]:
    """The addresses of production that are beside the site's prober host."""
    host = estate.prober_hosts.get(site)
    if host is None or host.network not in estate.networks:
        return ()
    beside = estate.networks[host.network].cidr
    return tuple(one for one in _production(estate) if one != host.address and IPv4Address(one) in beside)
