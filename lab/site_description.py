"""What a vCenter of the lab is to hold: the estate's machines of its site, but for those planted wrongly."""

import base64
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Interface
from pathlib import Path

from groundwork.change.step import Json
from groundwork.estate.estate import Estate
from groundwork.model.host import Host
from groundwork.model.machine import Machine
from groundwork.model.mark import render_kept
from groundwork.model.network import Network
from groundwork.model.template import Template
from lab.guest_image import GuestImage
from lab.guests import GUEST_TEMPLATE, boots
from lab.layout import SiteLayout
from lab.planted import Planted

VCENTER_USER = "cityops@lab"
GUEST_MEMORY_MIB = 96
_HOST_VCPUS, _HOST_MEMORY_MIB = 1, 512
_LEASE_SECONDS = 30  # a real vCenter's lives for 300 s: a command killed in an import would hold the lab up for as long
_FEWEST_HYPERVISORS = 3
_IDENTITIES = uuid.UUID("6f3a52a0-6c0a-4e56-9d51-6a1d3e1c0c17")  # the lab's own corner of UUID's name space


@dataclass(frozen=True, slots=True, kw_only=True)
class VCenterFiles:
    """The files a vCenter is given, and the folder of its own."""

    state: Path
    control: Path
    certificate: Path
    key: Path
    password_file: Path
    guest_key: str


def describe_site(
    estate: Estate, site: SiteLayout, planted: Sequence[Planted], files: VCenterFiles, image: GuestImage
) -> dict[str, Json]:
    """The document that lab/vcenter/config.go reads."""
    location = estate.sites[site.name].vcenter
    machines = [one for one in estate.machines.values() if one.site == site.name]
    faults = {one.machine: one for one in planted if one.site == site.name}
    return {
        "site": site.name,
        "listen": f"{location.address}:443",
        "certificate": str(files.certificate),
        "key": str(files.key),
        "username": VCENTER_USER,
        "password_file": str(files.password_file),
        "instance_uuid": identity_of(estate.city, site.name),
        "datacenter": location.datacenter,
        "cluster": location.cluster,
        "hosts": _hypervisors(location.hypervisors),
        "datastore": location.datastore,
        "lease_timeout_seconds": _LEASE_SECONDS,
        "folders": [*sorted(estate.agencies)],
        "networks": [
            {"name": bridge.port_group, "bridge": bridge.name, "vlan": estate.networks[bridge.port_group].vlan}
            for bridge in site.bridges
        ],
        "machines": [
            *_templates(estate, site, files, image),
            *(
                _describe_machine(estate, machine, faults.get(machine.name), files, image)
                for machine in machines
                if machine.name not in faults or faults[machine.name].sort != "missing"
            ),
            *_hosts_that_are_machines(estate, site),
        ],
        "state": str(files.state),
        "guests": {
            "qemu": "qemu-system-x86_64",
            "kernel": str(image.kernel),
            "initrd": str(image.initrd),
            "memory_mib": GUEST_MEMORY_MIB,
            "switch_namespace": site.namespace,
        },
        "control": str(files.control),
    }


def identity_of(*names: str) -> str:
    """The UUID of a thing of the lab, always the same for the same names."""
    return str(uuid.uuid5(_IDENTITIES, "/".join(names)))


def guest_info(machine: Machine, network: Network, database: str, guest_key: str) -> dict[str, str]:
    """What a guest learns at its first boot, as it arrives on its kernel's command line."""
    info = {
        "hostname": machine.name,
        "address": str(IPv4Interface(f"{machine.address}/{network.cidr.prefixlen}")),
        "gateway": str(network.gateway),
        "role": machine.role,
        "ssh_key": encode_key(guest_key),
    }
    return info | ({"database": database} if database else {})


def encode_key(public_key: str) -> str:
    """An SSH public key as one word of a kernel command line."""
    return base64.urlsafe_b64encode(public_key.encode()).decode()


def _describe_machine(
    estate: Estate, machine: Machine, fault: Planted | None, files: VCenterFiles, image: GuestImage
) -> dict[str, Json]:
    sort = fault.sort if fault else None
    database = estate.machines[machine.database].address if machine.database else ""
    booting = boots(machine)
    info = guest_info(machine, estate.networks[machine.network], database, files.guest_key) if booting else {}
    return {
        "name": machine.name,
        "uuid": identity_of(estate.city, machine.site, machine.name),
        "vcpus": machine.vcpus + (1 if sort == "mis_sized" else 0),
        "memory_mib": machine.memory_mib,
        "disk_gib": machine.disk_gib,
        "network": machine.network,
        "mac": _mac(machine.site, machine.name),
        "address": machine.address,
        "folder": fault.folder if fault and sort == "misplaced" else machine.folder,
        "annotation": render_kept(
            machine=machine.name, agency=machine.agency, service=machine.service, tier=machine.tier
        ),
        "powered_on": machine.powered_on and sort != "powered_off",
        "template": False,
        "disk": str(image.disk) if booting else "",
        "guestinfo": dict(info),
    }


def _hosts_that_are_machines(estate: Estate, site: SiteLayout) -> list[dict[str, Json]]:
    hosts = [host for host in estate.hosts.values() if host.site == site.name and host.machine]
    return [_describe_host(estate, site, host) for host in hosts]


def _describe_host(estate: Estate, site: SiteLayout, host: Host) -> dict[str, Json]:
    """A machine that is a host of the lab: its namespace, where its further adapters go."""
    return {
        "name": host.machine,
        "uuid": identity_of(estate.city, host.site, host.machine),
        "vcpus": _HOST_VCPUS,
        "memory_mib": _HOST_MEMORY_MIB,
        "disk_gib": 1,
        "network": host.network,
        "mac": _mac(host.site, host.machine),
        "address": host.address,
        "folder": "",
        "annotation": "",
        "powered_on": True,
        "template": False,
        "disk": "",
        "guestinfo": {},
        "namespace": site.hosts[host.name].namespace,
    }


def _templates(estate: Estate, site: SiteLayout, files: VCenterFiles, image: GuestImage) -> list[dict[str, Json]]:
    there = [one for one in estate.templates.values() if site.name in one.sites]
    return [_describe_template(estate, site, one, files, image) for one in there]


def _describe_template(
    estate: Estate, site: SiteLayout, template: Template, files: VCenterFiles, image: GuestImage
) -> dict[str, Json]:
    """The guests' template has a disk that boots, as its clones then have, and the key that opens them."""
    booting = template.name == GUEST_TEMPLATE
    return {
        "name": template.name_at_vcenter,
        "uuid": identity_of(estate.city, site.name, template.name),
        "vcpus": template.vcpus,
        "memory_mib": template.memory_mib,
        "disk_gib": template.disk_gib,
        "network": site.bridges[0].port_group,
        "mac": _mac(site.name, template.name),
        "address": "",
        "folder": "",
        "annotation": "",
        "powered_on": False,
        "template": True,
        "disk": str(image.disk) if booting else "",
        "guestinfo": {"ssh_key": encode_key(files.guest_key)} if booting else {},
    }


def _hypervisors(named: Sequence[str]) -> list[Json]:
    """The site's hypervisors; with fewer than vSAN needs, spare ones make up the number."""
    spare = [f"spare-esx-{number:02}" for number in range(1, _FEWEST_HYPERVISORS - len(named) + 1)]
    return [*named, *spare]


def _mac(site: str, name: str) -> str:
    """An address of VMware's range for addresses given by hand (00:50:56:00:00:00 to 3f:ff:ff)."""
    digest = sha256(f"{site}/{name}".encode()).digest()
    return f"00:50:56:{digest[0] & 0x3F:02x}:{digest[1]:02x}:{digest[2]:02x}"
