"""Whether the sites make a city: one is central, each has its management network and vCenter, copies travel one way."""

from collections.abc import Iterator

from groundwork.estate.checks.cycles import find_cycles
from groundwork.estate.draft import Draft, Stated
from groundwork.estate.platform_entries import NetworkForm, SiteForm
from groundwork.files.fault import Fault


def check_sites(draft: Draft) -> Iterator[Fault]:
    """The sites' roles, management networks, vCenters, repository hosts and the way that copies take."""
    central = [site for site in draft.sites if site.form.role == "central"]
    for site in central[1:]:
        yield site.fault(f'is central, and so is "{central[0].name}"', "leave one site central", "role")
    if draft.sites.complete and draft.sites.names and not central:
        what = "no site is central"
        yield Fault(file=draft.sites.file, line=1, what=what, what_to_do="write role: central at one of them")
    management: dict[str, list[Stated[NetworkForm]]] = {}
    for network in draft.networks:
        if network.form.purpose == "management":
            management.setdefault(network.form.site, []).append(network)
    for site in draft.sites:
        yield from _management(site, management.get(site.name, []), draft)
        yield from _hypervisors(site)
    yield from _repositories(draft)
    sources = {site.name: [site.form.replicates_from] for site in draft.sites if site.form.replicates_from}
    for cycle in find_cycles(sources):
        what = f"copies go round in a circle: {' → '.join(cycle)}"
        yield draft.sites.stated[cycle[0]].fault(what, "let one of them pull from nobody", "replicates_from")


def _hypervisors(site: Stated[SiteForm]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for position, name in enumerate(site.form.vcenter.hypervisors):
        if (other := first.setdefault(name.casefold(), name)) != name:
            what = f'hypervisor "{name}" differs only in case from "{other}"'
            yield site.fault(what, "keep one of the two", "vcenter", "hypervisors", position)


def _repositories(draft: Draft) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for host in draft.hosts:
        if "repository" in host.form.roles and (other := first.setdefault(host.form.site, host.name)) != host.name:
            what = f'is a second repository host of site "{host.form.site}", beside "{other}"'
            yield host.fault(what, "leave the role repository to one of them", "roles")


def _management(site: Stated[SiteForm], found: list[Stated[NetworkForm]], draft: Draft) -> Iterator[Fault]:
    if not found and draft.networks.complete:
        yield site.fault("has no management network", "add one with purpose: management to networks.yaml")
    for network in found[1:]:
        what = f'is a second management network of site "{site.name}", beside "{found[0].name}"'
        yield network.fault(what, "give one of them another purpose", "purpose")
