"""What a drill surveys from the recovery site's own estate and repository, for its next stages to be decided on."""

from collections.abc import Iterable
from typing import cast

from pydantic import TypeAdapter

from backup.catalogue import Entry, rank
from dr_drills.model import Door, Image, Survey, SurveySurvivor
from groundwork.change.step import Json
from groundwork.errors import ConfigurationError
from groundwork.estate.estate import Estate
from groundwork.model.machine import Machine
from groundwork.model.service import Service

_SURVEY = TypeAdapter(Survey)
_VCENTER_PORT = 443
_SSH_PORT = 22  # open to every source (role `baseline`): who cannot reach it is cut off, not filtered


def survey_estate(estate: Estate, step: SurveySurvivor, *, entries: Iterable[Entry], before: Image) -> Json:
    """The survey as JSON. Raises ConfigurationError when a scenario's service has no machine at the lost site."""
    scenario = estate.drill(step.scenario)
    wanted = step.only or scenario.services
    lost = {
        service: tuple(machine for machine in estate.machines_of(service.name) if machine.site == scenario.lost_site)
        for service in _with_needed(estate, wanted)
    }
    services = tuple(service for service in lost if lost[service] or service.name in wanted)
    machines = tuple(machine for service in services for machine in lost[service])
    if not machines:
        raise ConfigurationError(
            f"none of {', '.join(wanted)} has a machine at {scenario.lost_site}",
            hint=f"mend the drill {scenario.name} in the estate",
        )
    ranked = rank(entries, {machine.name for machine in machines})
    newest = {machine: found.points[0] for machine, found in ranked.items() if found.points}
    survey = Survey(
        estate_digest=estate.digest,
        scenario=scenario,
        services=services,
        machines=machines,
        points=tuple(newest[machine.name] for machine in machines if machine.name in newest),
        missing=tuple(machine.name for machine in machines if machine.name not in newest),
        gateways=_gateways(estate, machines),
        doors=_doors(estate, scenario.lost_site),
        before=before,
    )
    return cast("Json", _SURVEY.dump_python(survey, mode="json"))


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


def _doors(estate: Estate, lost_site: str) -> tuple[Door, ...]:
    vcenters = [
        Door(name=f"vCenter of {site.name}", address=site.vcenter.address, port=_VCENTER_PORT)
        for site in estate.sites.values()
        if site.name != lost_site
    ]
    repositories = [
        Door(name=f"repository host {host.name}", address=host.address, port=_SSH_PORT)
        for site, host in estate.repository_hosts.items()
        if site != lost_site
    ]
    return (*vcenters, *repositories)
