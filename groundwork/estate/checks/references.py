"""Names that one entry uses for another: each must be stated somewhere."""

from collections.abc import Iterable, Iterator
from typing import Any

from groundwork.estate.draft import Draft, Entries, Stated
from groundwork.estate.platform_entries import MachineForm
from groundwork.files.fault import Fault
from groundwork.files.nearest import Nearest
from groundwork.model.firewall import ANY
from groundwork.model.machine import UNASSIGNED


def check_references(draft: Draft) -> Iterator[Fault]:
    """Every name that is used, in every section."""
    yield from _platform(draft)
    yield from _services(draft)
    yield from _recovery(draft)
    yield from _access(draft)
    yield from _firewalls(draft)
    for profile in draft.wifi_profiles:
        yield from _refers(profile, profile.form.radius_site, draft.sites, "radius_site")
    for hotspot in draft.hotspots:
        yield from _refers(hotspot, hotspot.form.agency, draft.agencies, "agency")
        yield from _refers(hotspot, hotspot.form.profile, draft.wifi_profiles, "profile")
    for rule in draft.approval_rules:
        yield from _refer(rule, rule.form.roles, draft.approval_roles, "roles")
    yield from _districts(draft)


def _platform(draft: Draft) -> Iterator[Fault]:
    for site in draft.sites:
        yield from _refers(site, site.form.replicates_from, draft.sites, "replicates_from")
    for template in draft.templates:
        yield from _refer(template, template.form.sites, draft.sites, "sites")
    for part in draft.address_plan:
        yield from _refers(part, part.form.site, draft.sites, "site")
    for network in draft.networks:
        yield from _refers(network, network.form.site, draft.sites, "site")
    for host in draft.hosts:
        yield from _refers(host, host.form.site, draft.sites, "site")
        yield from _refers(host, host.form.network, draft.networks, "network")
    for machine in draft.machines:
        yield from _machine(machine, draft)


def _machine(machine: Stated[MachineForm], draft: Draft) -> Iterator[Fault]:
    form = machine.form
    yield from _refers(machine, form.site, draft.sites)
    for name, target in (
        (form.agency, draft.agencies),
        (form.service, draft.services),
        (form.backup_policy, draft.backup_policies),
    ):
        if name != UNASSIGNED:
            yield from _refers(machine, name, target)
    yield from _refers(machine, form.network, draft.networks)
    for adapter in form.adapters:
        yield from _refers(machine, adapter.network, draft.networks)
    yield from _refers(machine, form.database, draft.machines)
    yield from _refers(machine, form.template, draft.templates)


def _services(draft: Draft) -> Iterator[Fault]:
    for service in draft.services:
        yield from _refers(service, service.form.agency, draft.agencies, "agency")
        yield from _refer(service, service.form.depends_on, draft.services, "depends_on")
        for position, probe in enumerate(service.form.probes):
            yield from _refers(service, probe.machine, draft.machines, "probes", position, "machine")
        for position, source in enumerate(service.form.data_age):
            yield from _refers(service, source.machine, draft.machines, "data_age", position, "machine")


def _recovery(draft: Draft) -> Iterator[Fault]:
    for policy in draft.backup_policies:
        yield from _refer(policy, policy.form.copies_at, draft.sites, "copies_at")
    for drill in draft.drills:
        yield from _refers(drill, drill.form.lost_site, draft.sites, "lost_site")
        yield from _refers(drill, drill.form.recovery_site, draft.sites, "recovery_site")
        yield from _refer(drill, drill.form.services, draft.services, "services")


def _access(draft: Draft) -> Iterator[Fault]:
    for scope in draft.dhcp_scopes:
        yield from _refers(scope, scope.form.network, draft.networks, "network")
        yield from _refers(scope, scope.form.agency, draft.agencies, "agency")
        for position, pool in enumerate(scope.form.more_pools):
            yield from _refers(scope, pool.client_class, draft.dhcp_classes, "more_pools", position, "client_class")
    for scope6 in draft.dhcp6_scopes:
        yield from _refers(scope6, scope6.form.network, draft.networks, "network")
        yield from _refers(scope6, scope6.form.agency, draft.agencies, "agency")
    for relay in draft.dhcp_relays:
        yield from _refers(relay, relay.form.site, draft.sites, "site")
        yield from _refer(relay, relay.form.networks, draft.networks, "networks")
    for dhcp in draft.dhcp_pairs:
        for position, member in enumerate(dhcp.form.members):
            yield from _refers(dhcp, member.network, draft.networks, "members", position, "network")
    for role in draft.vpn_roles:
        yield from _refers(role, role.form.gateway_site, draft.sites, "gateway_site")
        yield from _refer(role, role.form.networks, draft.networks, "networks")
    for grant in draft.vendor_grants:
        yield from _refers(grant, grant.form.role, draft.vpn_roles, "role")
        yield from _refers(grant, grant.form.sponsor, draft.agencies, "sponsor")
        yield from _refer(grant, grant.form.machines, draft.machines, "machines")


def _firewalls(draft: Draft) -> Iterator[Fault]:
    for pair in draft.firewall_pairs:
        form = pair.form
        yield from _refers(pair, form.site, draft.sites, "site")
        yield from _refers(pair, form.network, draft.networks, "network")
        yield from _refers(pair, form.parity_with, draft.firewall_pairs, "parity_with")
        yield from _addresses(pair, form.managed_from, draft, "managed_from")
        for position, zone in enumerate(form.zones):
            yield from _addresses(pair, zone.networks, draft, "zones", position, "networks")
        for position, rule in enumerate(form.rules):
            yield from _addresses(pair, rule.sources, draft, "rules", position, "sources")
            yield from _addresses(pair, rule.destinations, draft, "rules", position, "destinations")
            for index, name in enumerate(rule.services):
                yield from _refers(pair, name, draft.firewall_services, "rules", position, "services", index)
            yield from _refers(pair, rule.owner, draft.agencies, "rules", position, "owner")
        for position, translation in enumerate(form.source_nat):
            yield from _addresses(pair, translation.sources, draft, "source_nat", position, "sources")
        for position, exception in enumerate(form.parity_exceptions):
            yield from _refers(pair, exception.owner, draft.agencies, "parity_exceptions", position, "owner")


def _addresses(pair: Stated[Any], names: Iterable[str], draft: Draft, *part: int | str) -> Iterator[Fault]:
    """Names of what has addresses: networks, VPN roles, address objects."""
    others = (draft.vpn_roles, draft.firewall_addresses)
    for index, name in enumerate(names):
        if name != ANY and all(one.whole and name not in one.names for one in others):
            yield from _refers(pair, name, draft.networks, *part, index)


def _districts(draft: Draft) -> Iterator[Fault]:
    for city in draft.city:
        known, nearest = frozenset(city.form.districts), Nearest(city.form.districts)
        for hotspot in draft.hotspots:
            if hotspot.form.district not in known:
                what = f'unknown district "{hotspot.form.district}"; {nearest(hotspot.form.district)}'
                yield hotspot.fault(what, "add it to city.yaml or correct the name")


def _refer(stated: Stated[Any], names: Iterable[str], target: Entries[Any], part: str) -> Iterator[Fault]:
    for position, name in enumerate(names):
        yield from _refers(stated, name, target, part, position)


def _refers(stated: Stated[Any], name: str | None, target: Entries[Any], *part: int | str) -> Iterator[Fault]:
    if name is not None and target.whole and name not in target.names:
        file = target.file.rpartition("/")[2]
        what = f'unknown {target.sort} "{name}"; {target.nearest(name)}'
        yield stated.fault(what, f"add it to {file} or correct the name", *part)
