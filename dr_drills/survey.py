"""What a drill surveys from the recovery site's own estate and repository, for its next stages to be decided on."""

from collections.abc import Iterable, Iterator

from backup.catalogue import Candidates, Entry, moment_of, rank
from dr_drills.evidence import Endpoint, Image, PassedOver, Survey
from dr_drills.model import SurveySurvivor
from groundwork.errors import ConfigurationError
from groundwork.estate.estate import Estate
from groundwork.model.machine import Machine
from groundwork.model.service import Service

_MOST_CANDIDATES = 5  # how many restore points of a machine are tried before it counts as not recoverable
_VCENTER_PORT = 443
_SSH_PORT = 22  # open to every source (role `baseline`): who cannot reach it is cut off, not filtered


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
        endpoints=_endpoints(estate, scenario.lost_site),
        before=before,
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


def _endpoints(estate: Estate, lost_site: str) -> tuple[Endpoint, ...]:
    vcenters = [
        Endpoint(name=f"vCenter of {site.name}", address=site.vcenter.address, port=_VCENTER_PORT)
        for site in estate.sites.values()
        if site.name != lost_site
    ]
    repositories = [
        Endpoint(name=f"repository host {host.name}", address=host.address, port=_SSH_PORT)
        for site, host in estate.repository_hosts.items()
        if site != lost_site
    ]
    return (*vcenters, *repositories)
