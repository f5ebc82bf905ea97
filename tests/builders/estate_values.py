"""A small estate as values, for tests of what is decided on one; no files are read."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from groundwork.estate.estate import Estate
from groundwork.model.agency import Agency, Quota
from groundwork.model.backup_policy import BackupPolicy
from groundwork.model.drill import DrillScenario
from groundwork.model.host import Host
from groundwork.model.machine import Machine
from groundwork.model.network import Network
from groundwork.model.service import DataAge, Probe, Service
from groundwork.model.site import Site, SiteRole, VCenterLocation
from groundwork.model.template import Template

SITES: dict[str, tuple[SiteRole, int, str | None]] = {
    "alpha": ("central", 1, None),
    "beta": ("first_backup", 2, "alpha"),
    "gamma": ("second_backup", 3, "beta"),
}


def small_estate(**changes: Any) -> Estate:  # noqa: ANN401 - the fields of Estate
    """Three sites; a service `pass` of two machines that boot at alpha, one `files` machine at beta."""
    machines = [
        small_machine("pass-db-01", role="database"),
        small_machine("pass-web-01", address="10.1.10.12", role="web", database="pass-db-01"),
        small_machine("files-01", site="beta", service="files", tier=3, address="10.2.10.13", role="file", template=""),
    ]
    hour, day = timedelta(hours=1), timedelta(days=1)
    probes = (Probe(machine="pass-web-01", kind="http", port=80, contains="pass-db-01"),)
    data_age = (DataAge(machine="pass-db-01", kind="command", command="newest-record"),)
    services = [
        _service("pass", rto=hour, rpo=hour, mtpd=4 * hour, probes=probes, data_age=data_age),
        _service("files", rto=day, rpo=day, mtpd=3 * day, tier=3, depends_on=("pass",)),
    ]
    estate = Estate(
        city="toytown",
        title_zh="玩具市",
        title_en="Toytown",
        digest="0" * 64,
        sites={name: _site(name) for name in SITES},
        agencies={"bureau": _agency("bureau")},
        networks={one.name: one for name in SITES for one in _networks(name)},
        machines={one.name: one for one in machines},
        hosts={one.name: one for one in (_host(name) for name in SITES)},
        services={one.name: one for one in services},
        backup_policies={one.name: one for one in (_policy(name) for name in SITES)},
        drills={"alpha-lost": _drill()},
        templates={
            "tmpl-lab-guest": Template(name="tmpl-lab-guest", sites=tuple(SITES), vcpus=1, memory_mib=512, disk_gib=1)
        },
    )
    return replace(estate, **changes)


def small_machine(name: str, **changes: Any) -> Machine:  # noqa: ANN401 - the fields of Machine
    """A machine of `pass` at alpha, changed as asked; its network and policy follow its site."""
    site = changes.get("site", "alpha")
    machine = Machine(
        name=name,
        site=site,
        agency="bureau",
        service="pass",
        tier=1,
        role="application",
        vcpus=1,
        memory_mib=512,
        disk_gib=1,
        network=f"{site}-services",
        address=f"10.{SITES[site][1]}.10.11",
        backup_policy=f"from-{site}",
        folder="bureau",
        template="tmpl-lab-guest",
    )
    return replace(machine, **changes)


def _site(name: str) -> Site:
    role, octet, source = SITES[name]
    location = VCenterLocation(
        address=f"10.{octet}.0.10",
        datacenter=f"toytown-{name}",
        cluster=f"{name}-cluster",
        datastore=f"{name}-vsan",
        hypervisors=(f"{name}-esx-01",),
    )
    return Site(
        name=name, title_zh=name, title_en=name, role=role, vcenter=location, link_mbps=100, replicates_from=source
    )


def _networks(site: str) -> tuple[Network, Network]:
    octet = SITES[site][1]
    management = Network(
        name=f"{site}-management",
        site=site,
        cidr=IPv4Network(f"10.{octet}.0.0/24"),
        gateway=IPv4Address(f"10.{octet}.0.1"),
        vlan=1,
        purpose="management",
    )
    services = replace(
        management,
        name=f"{site}-services",
        cidr=IPv4Network(f"10.{octet}.10.0/24"),
        gateway=IPv4Address(f"10.{octet}.10.1"),
        vlan=10,
        purpose="services",
    )
    return management, services


def _agency(name: str) -> Agency:
    quota = Quota(machines=10, vcpus=20, memory_gib=20, disk_gib=100)
    return Agency(name=name, title_zh=name, title_en=name, contact=f"ops@{name}.agency.example", quota=quota)


def _host(site: str) -> Host:
    return Host(
        name=f"repo-{site}",
        site=site,
        network=f"{site}-management",
        address=f"10.{SITES[site][1]}.0.20",
        roles=("baseline", "repository"),
    )


def _service(name: str, **changes: Any) -> Service:  # noqa: ANN401 - the fields of Service
    zero = timedelta()
    service = Service(name=name, title_zh=name, title_en=name, agency="bureau", tier=1, rto=zero, rpo=zero, mtpd=zero)
    return replace(service, **changes)


def _policy(site: str) -> BackupPolicy:
    order = list(SITES)
    return BackupPolicy(
        name=f"from-{site}",
        every=timedelta(hours=1),
        keep_daily=7,
        keep_weekly=4,
        keep_monthly=6,
        copies_at=tuple(order[order.index(site) :]),
    )


def _drill() -> DrillScenario:
    return DrillScenario(
        name="alpha-lost",
        title_zh="甲機房喪失",
        title_en="Alpha is lost",
        lost_site="alpha",
        recovery_site="gamma",
        services=("pass",),
        every=timedelta(weeks=13),
    )
