"""From a draft without faults to the Estate: forms become the model's values."""

from groundwork.estate.draft import Draft, Stated
from groundwork.estate.estate import Estate
from groundwork.estate.network_entries import (
    DhcpScopeForm,
    FirewallPairForm,
    HotspotForm,
    VendorGrantForm,
    VpnRoleForm,
    WifiProfileForm,
)
from groundwork.estate.platform_entries import (
    AgencyForm,
    BackupPolicyForm,
    DrillForm,
    MachineForm,
    ServiceForm,
    SiteForm,
)
from groundwork.model.agency import Agency, Quota
from groundwork.model.backup_policy import BackupPolicy
from groundwork.model.dhcp import DhcpReservation, DhcpScope
from groundwork.model.drill import DrillScenario
from groundwork.model.firewall import FirewallMember, FirewallPair, FirewallRule
from groundwork.model.host import Host
from groundwork.model.machine import Machine
from groundwork.model.network import AddressRange, Network
from groundwork.model.service import Probe, Service
from groundwork.model.site import Site, VCenterPlace
from groundwork.model.sslvpn import VendorGrant, VpnRole
from groundwork.model.template import Template
from groundwork.model.wifi import Hotspot, WifiProfile


def assemble(draft: Draft, city: str, digest: str) -> Estate:
    """The estate that a draft without faults describes."""
    form = draft.city.stated[city].form
    return Estate(
        city=city,
        title_zh=form.title_zh,
        title_en=form.title_en,
        digest=digest,
        districts=form.districts,
        sites={one.name: _site(one) for one in draft.sites},
        agencies={one.name: _agency(one) for one in draft.agencies},
        address_plan={
            one.name: AddressRange(name=one.name, cidr=one.form.cidr, site=one.form.site, purpose=one.form.purpose)
            for one in draft.address_plan
        },
        networks=_networks(draft),
        machines={one.name: _machine(one, draft) for one in draft.machines},
        templates=_templates(draft),
        hosts=_hosts(draft),
        services={one.name: _service(one) for one in draft.services},
        backup_policies={one.name: _policy(one) for one in draft.backup_policies},
        drills={one.name: _drill(one) for one in draft.drills},
        dhcp_scopes={one.name: _dhcp_scope(one) for one in draft.dhcp_scopes},
        vpn_roles={one.name: _vpn_role(one) for one in draft.vpn_roles},
        vendor_grants={one.name: _vendor_grant(one) for one in draft.vendor_grants},
        firewall_pairs={one.name: _firewall_pair(one) for one in draft.firewall_pairs},
        wifi_profiles={one.name: _wifi_profile(one) for one in draft.wifi_profiles},
        hotspots={one.name: _hotspot(one) for one in draft.hotspots},
    )


def _site(stated: Stated[SiteForm]) -> Site:
    form = stated.form
    return Site(
        name=stated.name,
        title_zh=form.title_zh,
        title_en=form.title_en,
        role=form.role,
        link_mbps=form.link_mbps,
        replicates_from=form.replicates_from,
        vcenter=VCenterPlace(
            address=str(form.vcenter.address),
            datacenter=form.vcenter.datacenter,
            cluster=form.vcenter.cluster,
            datastore=form.vcenter.datastore,
            hypervisors=form.vcenter.hypervisors,
        ),
    )


def _agency(stated: Stated[AgencyForm]) -> Agency:
    form = stated.form
    return Agency(
        name=stated.name,
        title_zh=form.title_zh,
        title_en=form.title_en,
        contact=form.contact,
        quota=Quota(
            machines=form.quota.machines,
            vcpus=form.quota.vcpus,
            memory_gib=form.quota.memory_gib,
            disk_gib=form.quota.disk_gib,
        ),
    )


def _networks(draft: Draft) -> dict[str, Network]:
    return {
        one.name: Network(
            name=one.name,
            site=one.form.site,
            cidr=one.form.cidr,
            gateway=one.form.gateway,
            vlan=one.form.vlan,
            purpose=one.form.purpose,
        )
        for one in draft.networks
    }


def _machine(stated: Stated[MachineForm], draft: Draft) -> Machine:
    form = stated.form
    return Machine(
        name=stated.name,
        site=form.site,
        agency=form.agency,
        service=form.service,
        tier=draft.services.stated[form.service].form.tier,
        role=form.role,
        vcpus=form.vcpus,
        memory_mib=form.memory_mib,
        disk_gib=form.disk_gib,
        network=form.network,
        address=str(form.address),
        backup_policy=form.backup_policy,
        powered_on=form.powered_on,
        boots=form.boots,
        database=form.database,
    )


def _templates(draft: Draft) -> dict[str, Template]:
    return {
        one.name: Template(
            name=one.form.name,
            site=one.name,
            vcpus=one.form.vcpus,
            memory_mib=one.form.memory_mib,
            disk_gib=one.form.disk_gib,
        )
        for one in draft.templates
    }


def _hosts(draft: Draft) -> dict[str, Host]:
    return {
        one.name: Host(
            name=one.name,
            site=one.form.site,
            network=one.form.network,
            address=str(one.form.address),
            roles=one.form.roles,
        )
        for one in draft.hosts
    }


def _service(stated: Stated[ServiceForm]) -> Service:
    form = stated.form
    probes = (
        Probe(machine=one.machine, kind=one.kind, port=one.port or 0, path=one.path, contains=one.contains)
        for one in form.probes
    )
    return Service(
        name=stated.name,
        title_zh=form.title_zh,
        title_en=form.title_en,
        agency=form.agency,
        tier=form.tier,
        rto=form.rto,
        rpo=form.rpo,
        mtpd=form.mtpd,
        depends_on=form.depends_on,
        probes=tuple(probes),
    )


def _policy(stated: Stated[BackupPolicyForm]) -> BackupPolicy:
    form = stated.form
    return BackupPolicy(
        name=stated.name,
        every=form.every,
        keep_daily=form.keep_daily,
        keep_weekly=form.keep_weekly,
        keep_monthly=form.keep_monthly,
        copies_at=form.copies_at,
    )


def _drill(stated: Stated[DrillForm]) -> DrillScenario:
    form = stated.form
    return DrillScenario(
        name=stated.name,
        title_zh=form.title_zh,
        title_en=form.title_en,
        lost_site=form.lost_site,
        recovery_site=form.recovery_site,
        services=form.services,
        every=form.every,
    )


def _dhcp_scope(stated: Stated[DhcpScopeForm]) -> DhcpScope:
    form = stated.form
    return DhcpScope(
        name=stated.name,
        network=form.network,
        pool_start=form.pool_start,
        pool_end=form.pool_end,
        lease=form.lease,
        dns_servers=form.dns_servers,
        domain=form.domain,
        reservations=tuple(
            DhcpReservation(mac=one.mac, address=one.address, note=one.note) for one in form.reservations
        ),
    )


def _vpn_role(stated: Stated[VpnRoleForm]) -> VpnRole:
    form = stated.form
    return VpnRole(
        name=stated.name,
        title_zh=form.title_zh,
        title_en=form.title_en,
        audience=form.audience,
        gateway_site=form.gateway_site,
        pool=form.pool,
        networks=form.networks,
        ports=form.ports,
        session_limit=form.session_limit,
        idle_limit=form.idle_limit,
    )


def _vendor_grant(stated: Stated[VendorGrantForm]) -> VendorGrant:
    form = stated.form
    return VendorGrant(
        name=stated.name,
        role=form.role,
        vendor=form.vendor,
        contact=form.contact,
        sponsor=form.sponsor,
        sources=form.sources,
        machines=form.machines,
        ports=form.ports,
        opens=form.opens,
        closes=form.closes,
        purpose=form.purpose,
    )


def _firewall_pair(stated: Stated[FirewallPairForm]) -> FirewallPair:
    form = stated.form
    first, second = (
        FirewallMember(name=one.name, address=str(one.address), priority=one.priority) for one in form.members
    )
    return FirewallPair(
        name=stated.name,
        site=form.site,
        platform=form.platform,
        network=form.network,
        address=str(form.address),
        members=(first, second),
        rules=tuple(
            FirewallRule(
                name=one.name,
                action=one.action,
                sources=one.sources,
                destinations=one.destinations,
                ports=one.ports,
                reason=one.reason,
            )
            for one in form.rules
        ),
    )


def _wifi_profile(stated: Stated[WifiProfileForm]) -> WifiProfile:
    form = stated.form
    return WifiProfile(
        name=stated.name,
        ssid=form.ssid,
        security=form.security,
        client_down_kbps=form.client_down_kbps,
        client_up_kbps=form.client_up_kbps,
        session_limit=form.session_limit,
        radius_site=form.radius_site,
    )


def _hotspot(stated: Stated[HotspotForm]) -> Hotspot:
    form = stated.form
    return Hotspot(
        name=stated.name,
        place=form.place,
        district=form.district,
        kind=form.kind,
        agency=form.agency,
        profile=form.profile,
        access_points=form.access_points,
        latitude=form.latitude,
        longitude=form.longitude,
    )
