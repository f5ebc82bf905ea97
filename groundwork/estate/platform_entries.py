"""The form of the files about sites, agencies, networks, machines, services, backup and drills, field by field."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from groundwork.estate.address_fields import Address, Range
from groundwork.estate.fields import (
    ONCE,
    Contact,
    Count,
    Domain,
    Duration,
    Name,
    Names,
    PagePath,
    PortNumber,
    Text,
    Tier,
    TimeZone,
    UserName,
    Vlan,
    WeeklyTime,
    YesNo,
    refuse_twice,
)
from groundwork.estate.vcenter_fields import Adapters, GuestType, Uuid, VCenterName, VCenterPath
from groundwork.model.approval import OperationName
from groundwork.model.backup_policy import Quiesce
from groundwork.model.drill import Loss
from groundwork.model.machine import DiskController, Firmware
from groundwork.model.network import NetworkPurpose
from groundwork.model.service import DataAgeKind, ProbeKind
from groundwork.model.site import SiteRole

_HostRole = Literal["baseline", "repository", "monitoring", "ledger", "prober"]


class Form(BaseModel):
    """What one entry of a file holds; unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WindowForm(Form):
    """When plans of one operation may be carried out."""

    operation: OperationName = Field(description="The operation; each has one window at most.")
    times: Annotated[tuple[WeeklyTime, ...], AfterValidator(refuse_twice), ONCE] = Field(
        min_length=1,
        description="Days, and from when to when by the city's clocks: `sat 22:00-04:00` ends on Sunday morning.",
    )


class CityForm(Form):
    """The city itself."""

    title_zh: Text = Field(description="Its name in Chinese.")
    title_en: Text = Field(description="Its name in English.")
    districts: Annotated[tuple[Text, ...], AfterValidator(refuse_twice), ONCE] = Field(
        default=(), description="Its districts, as hotspots name them."
    )
    timezone: TimeZone | None = Field(
        default=None, description="The time zone of its clocks, as the IANA database names it; windows need it."
    )
    windows: tuple[WindowForm, ...] = Field(
        default=(), description="Maintenance windows: an operation without one is carried out at any time."
    )


class VCenterForm(Form):
    """Where a site's vCenter answers, and the names of what it manages."""

    address: Address = Field(description="In the site's management network.")
    datacenter: VCenterPath = Field(description="The datacenter: its name, or its path below the vCenter's root.")
    cluster: VCenterPath = Field(description="The cluster: its name, or its path below the datacenter.")
    datastore: VCenterPath = Field(description="The datastore: its name, or its path below the datacenter.")
    hypervisors: Annotated[tuple[VCenterName, ...], AfterValidator(refuse_twice), ONCE] = Field(
        min_length=1, description="The cluster's hypervisors, as the vCenter names them."
    )
    switch: VCenterPath | None = Field(
        default=None,
        description="The distributed switch of isolated networks; none: the only one all hypervisors are joined to.",
    )


class SiteForm(Form):
    """One site: a machine room with its vCenter and its link."""

    title_zh: Text = Field(description="Its name in Chinese.")
    title_en: Text = Field(description="Its name in English.")
    role: SiteRole = Field(description="What it is to the others; exactly one site is central.")
    link_mbps: Count = Field(description="Bandwidth of its link to the other sites, in Mbit/s.")
    replicates_from: Name | None = Field(default=None, description="The site whose copies it pulls.")
    vcenter: VCenterForm = Field(description="Its vCenter.")


class QuotaForm(Form):
    """The most an agency may have, over all sites."""

    machines: Count = Field(description="Machines.")
    vcpus: Count = Field(description="Virtual processors, over all its machines.")
    memory_gib: Count = Field(description="Memory in GiB.")
    disk_gib: Count = Field(description="Disk in GiB.")


class AgencyForm(Form):
    """One agency that uses the platform."""

    title_zh: Text = Field(description="Its name in Chinese.")
    title_en: Text = Field(description="Its name in English.")
    contact: Contact = Field(description="A role's mail address, never a person's.")
    quota: QuotaForm = Field(description="The most it may have.")
    folder: VCenterPath | None = Field(
        default=None, description="The vCenters' folder of its machines, a path; its name where nothing is written."
    )


class AddressRangeForm(Form):
    """One range of the city's address plan."""

    cidr: Range = Field(description="The range.")
    site: Name | None = Field(default=None, description="The site whose networks lie inside it; none: shared.")
    purpose: Text = Field(description="What it is for.")


class NetworkForm(Form):
    """One network of one site."""

    site: Name = Field(description="Its site.")
    cidr: Range = Field(description="Its addresses, inside the site's range of the address plan.")
    gateway: Address = Field(description="Its gateway, one of its addresses.")
    vlan: Vlan = Field(description="Its VLAN; each once a site.")
    purpose: NetworkPurpose = Field(description="What stands in it; each site has one for management.")
    port_group: VCenterPath | None = Field(
        default=None, description="Its port group in the site's vCenter, a name or a path, where that is not its name."
    )


class MachineForm(Form):
    """One machine (a row of the list)."""

    site: Name = Field(description="The site it runs at.")
    agency: Name = Field(description="Its owner, whose quota it counts against; `unassigned` until one is decided.")
    service: Name = Field(description="The service it is part of, whose tier is its own; or `unassigned`.")
    role: Literal["web", "database", "application", "file"] = Field(description="What it is in its service.")
    vcpus: Count = Field(description="Virtual processors.")
    memory_mib: Count = Field(description="Memory in MiB.")
    disk_gib: Count = Field(description="Disk in GiB.")
    network: Name | None = Field(default=None, description="The network it stands in, at its site; none: not known.")
    address: Address | None = Field(
        default=None, description="Its address there, each once in the estate; none: not known."
    )
    backup_policy: Name = Field(description="How it is copied; `unassigned`: not at all, until one is decided.")
    template: Name | None = Field(
        default=None, description="The template it is made from; without one it is never made, only kept."
    )
    powered_on: YesNo = Field(default=True, description="Whether it runs.")
    database: Name | None = Field(default=None, description="For web machines: the database they read from.")
    uuid: Uuid | None = Field(
        default=None, description="Its instance UUID at the vCenter, by which it is known whatever it is called there."
    )
    vcenter_name: VCenterName | None = Field(
        default=None, description="Its name at the vCenter, where that is another one."
    )
    folder: VCenterPath | None = Field(
        default=None, description="Its folder at the vCenter, a path; none: its agency's."
    )
    firmware: Firmware | None = Field(default=None, description="Its firmware; none: its template's.")
    guest_type: GuestType | None = Field(default=None, description="vSphere's guest identifier; none: its template's.")
    controller: DiskController | None = Field(default=None, description="Its disks' controller; none: its template's.")
    adapters: Adapters = Field(
        default=(), description="All its network cards in order, the first in `network`; none: that one alone."
    )
    datastore: VCenterPath | None = Field(default=None, description="The datastore of its disks; none: its site's.")


class TemplateForm(Form):
    """One template, a VM that machines are cloned from."""

    sites: Names = Field(default=(), description="The sites it stands at, under the same name; none: every site.")
    vcenter_name: VCenterName | None = Field(
        default=None, description="Its name at the vCenters, where that is another one."
    )
    vcpus: Count = Field(description="Virtual processors.")
    memory_mib: Count = Field(description="Memory in MiB.")
    disk_gib: Count = Field(description="Disk in GiB; a machine made from it has as much or more.")
    firmware: Firmware = Field(default="bios", description="Its firmware.")
    guest_type: GuestType = Field(default="otherLinux64Guest", description="vSphere's guest identifier.")
    controller: DiskController = Field(default="pvscsi", description="Its disks' controller.")


class HostForm(Form):
    """One service host that Ansible configures."""

    site: Name = Field(description="The site it stands at.")
    network: Name = Field(description="The network it stands in.")
    address: Address = Field(description="Its address there.")
    roles: Annotated[tuple[_HostRole, ...], AfterValidator(refuse_twice), ONCE] = Field(
        min_length=1, description="The Ansible roles that make it what it should be, in order."
    )
    machine: VCenterName | None = Field(
        default=None, description="The machine that it is, as its site's vCenter names it; a prober host needs one."
    )


class SshLoginForm(Form):
    """How the machines of a service are entered over SSH."""

    user: UserName | None = Field(default=None, description="The user; without it, the settings' own.")
    port: PortNumber = Field(default=22, description="The port.")


class ProbeForm(Form):
    """One thing that shows that a service works on one of its machines."""

    kind: ProbeKind = Field(
        description="http, https: a page holds `contains`; tcp: `port` accepts; ssh: `command` ends well and prints "
        "`contains`."
    )
    machine: Name = Field(description="The machine it is asked of, one of the service's.")
    port: PortNumber | None = Field(default=None, description="For http, https and tcp.")
    path: PagePath = Field(default="/", description="For http and https: the page.")
    contains: Text = Field(
        default="", description="What the page or the output holds; for ssh else the machine's name."
    )
    server_name: Domain | None = Field(default=None, description="For https: whose certificate it must be.")
    expires_within: Duration | None = Field(
        default=None, description="For https: how long the certificate must last at least."
    )
    command: Text = Field(default="hostname", description="For ssh: what is run there.")


class DataAgeForm(Form):
    """Where one machine says from when its newest data is: seconds since 1970, or ISO 8601 with its zone."""

    kind: DataAgeKind = Field(
        description="command: the first word of its output over SSH; page: a field of a JSON page; file: when it was "
        "last written."
    )
    machine: Name = Field(description="The machine it is asked of, one of the service's.")
    command: Text | None = Field(default=None, description="For command: what is run there.")
    path: PagePath | None = Field(default=None, description="For page and file: which.")
    port: PortNumber | None = Field(default=None, description="For page.")
    field: Text | None = Field(default=None, description="For page: the field, with dots to what is inside others.")
    server_name: Domain | None = Field(default=None, description="For page: over HTTPS, for this name.")


class ServiceForm(Form):
    """One service that citizens or staff use."""

    title_zh: Text = Field(description="Its name in Chinese.")
    title_en: Text = Field(description="Its name in English.")
    agency: Name = Field(description="The agency that answers for it.")
    tier: Tier = Field(description="1 is the most urgent.")
    rto: Duration = Field(description="Recovery time objective: from the loss until it works again.")
    rpo: Duration = Field(description="Recovery point objective: the most recent data that may be lost.")
    mtpd: Duration = Field(description="Maximum tolerable period of disruption; RTO may not exceed it.")
    depends_on: Names = Field(default=(), description="Services that must be up first.")
    ssh: SshLoginForm = Field(default=SshLoginForm(), description="How its machines are entered over SSH.")
    probes: tuple[ProbeForm, ...] = Field(default=(), description="What shows that it works.")
    data_age: tuple[DataAgeForm, ...] = Field(
        default=(), description="Where its machines say how new their data is; without it, the restore point's age."
    )


class BackupPolicyForm(Form):
    """How machines are copied."""

    every: Duration = Field(description="The time between copies; no more than the RPO of the services it serves.")
    keep_daily: Count = Field(description="Daily copies kept.")
    keep_weekly: Count = Field(description="Weekly copies kept.")
    keep_monthly: Count = Field(description="Monthly copies kept.")
    copies_at: Names = Field(
        min_length=1,
        description="Sites that hold a copy: the machine's own first, then each that pulls from the one before.",
    )
    quiesce: Quiesce = Field(
        default="preferred",
        description="A guest that cannot write out what it holds first: required: it gets no copy, which is an error; "
        "preferred: it gets one that is as after a power cut, and marked so.",
    )


class DrillForm(Form):
    """What is rehearsed: a site is lost, services come back elsewhere."""

    title_zh: Text = Field(description="Its name in Chinese.")
    title_en: Text = Field(description="Its name in English.")
    lost_site: Name = Field(description="The site that is lost.")
    recovery_site: Name = Field(description="The site where the services come back, from its own copies.")
    services: Names = Field(min_length=1, description="The services that come back.")
    every: Duration = Field(description="How often it is rehearsed.")
    loss: Loss = Field(
        default="cut", description="cut: the site is cut off for the drill; assumed: it stays, and is not used."
    )
