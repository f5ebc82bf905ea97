"""Machines as tests want and find them."""

from dataclasses import replace

from fleet.machines.model import Card, FoundMachine, WantedMachine, WantedTemplate
from groundwork.drivers.vcenter.protocol import SeenAdapter, SeenMachine
from groundwork.model.hardware import Disk, Hardware
from groundwork.model.mark import render_kept

MARK = render_kept(machine="web-01", agency="digital", service="shiminpass", tier=1)
UUID = "502e71fa-1a0b-4c0d-8f0e-2b1c3d4e5f60"

WANTED = WantedMachine(
    name="web-01",
    site="central",
    agency="digital",
    tier=1,
    vcenter_name="web-01",
    folder="digital",
    vcpus=2,
    memory_mib=4096,
    disk_gib=40,
    cards=(Card(network="central-dmz"),),
    powered_on=True,
    mark=MARK,
    template=WantedTemplate(name="tmpl-debian-13", disk_gib=40),
)


def found(wanted: WantedMachine = WANTED) -> FoundMachine:
    """The machine as it is when all is right."""
    return FoundMachine(
        name=wanted.vcenter_name,
        site=wanted.site,
        uuid=wanted.uuid or f"uuid-of-{wanted.name}",
        folder=wanted.folder,
        annotation=wanted.mark,
        vcpus=wanted.vcpus,
        memory_mib=wanted.memory_mib,
        disks_bytes=(wanted.disk_gib << 30,),
        cards=wanted.cards,
        controller="pvscsi",
        powered_on=wanted.powered_on,
    )


def seen(wanted: WantedMachine = WANTED, number: int = 1) -> SeenMachine:
    """The same as a vCenter shows it."""
    disk = Disk(name="disk-0", controller="pvscsi", bus=0, unit=0, capacity_bytes=wanted.disk_gib << 30)
    return SeenMachine(
        name=wanted.vcenter_name,
        moref=f"vm-{number}",
        instance_uuid=wanted.uuid or f"uuid-of-{wanted.name}",
        folder=wanted.folder,
        vcpus=wanted.vcpus,
        memory_mib=wanted.memory_mib,
        powered_on=wanted.powered_on,
        template=False,
        network=wanted.cards[0].network if wanted.cards else "",
        address="",
        mark=wanted.mark,
        adapters=tuple(SeenAdapter(network=card.network, mac=card.mac) for card in wanted.cards),
        hardware=Hardware(disks=(disk,)),
    )


def template(name: str = "tmpl-debian-13", disk_gib: int = 40) -> SeenMachine:
    """A template as a vCenter shows it."""
    return replace(seen(replace(WANTED, disk_gib=disk_gib)), name=name, template=True, mark="", powered_on=False)


def many_wanted(count: int) -> tuple[WantedMachine, ...]:
    """Machines of nineteen agencies at three sites, in four tiers."""
    return tuple(
        replace(
            WANTED,
            name=f"machine-{number:04}",
            vcenter_name=f"machine-{number:04}",
            site=("central", "yangming", "nchc")[number % 3],
            agency=f"agency-{number % 19:02}",
            folder=f"agency-{number % 19:02}",
            tier=1 + number % 4,
            mark=render_kept(machine=f"machine-{number:04}", agency="a", service="s", tier=1),
        )
        for number in range(count)
    )
