"""Machines as tests want and find them."""

from dataclasses import replace

from fleet.machines.model import FoundMachine, WantedMachine
from groundwork.drivers.vcenter.protocol import SeenMachine

MARK = "cityops: agency=digital service=shiminpass tier=1"

WANTED = WantedMachine(
    name="web-01",
    site="central",
    agency="digital",
    tier=1,
    folder="digital",
    vcpus=2,
    memory_mib=4096,
    disk_gib=40,
    network="central-dmz",
    address="10.10.30.11",
    powered_on=True,
    boots=False,
    mark=MARK,
)


def found(wanted: WantedMachine = WANTED) -> FoundMachine:
    """The machine as it is when all is right."""
    return FoundMachine(
        name=wanted.name,
        site=wanted.site,
        folder=wanted.folder,
        vcpus=wanted.vcpus,
        memory_mib=wanted.memory_mib,
        powered_on=wanted.powered_on,
        template=False,
        network=wanted.network,
        annotation=wanted.mark,
    )


def seen(wanted: WantedMachine = WANTED, number: int = 1) -> SeenMachine:
    """The same as a vCenter shows it."""
    return SeenMachine(
        name=wanted.name,
        moref=f"vm-{number}",
        instance_uuid=f"{wanted.site}-{number}",
        folder=wanted.folder,
        vcpus=wanted.vcpus,
        memory_mib=wanted.memory_mib,
        powered_on=wanted.powered_on,
        template=False,
        network=wanted.network,
        address=wanted.address,
        mark=wanted.mark,
        boots=wanted.boots,
    )


def many_wanted(count: int) -> tuple[WantedMachine, ...]:
    """Machines of nineteen agencies at three sites, in four tiers."""
    return tuple(
        replace(
            WANTED,
            name=f"machine-{number:04}",
            site=("central", "yangming", "nchc")[number % 3],
            agency=f"agency-{number % 19:02}",
            folder=f"agency-{number % 19:02}",
            tier=1 + number % 4,
        )
        for number in range(count)
    )
