"""A small drill's values: one service of a database and a web guest, lost at alpha, recovered at gamma."""

from datetime import UTC, datetime, timedelta

from dr_drills.evidence import Image, IsolationSeen, Survey, WatchSeen
from groundwork.model.drill import DrillScenario
from groundwork.model.machine import Machine
from groundwork.model.restore_point import DiskImage, MachineShape, RestorePoint
from groundwork.model.service import DataAge, Probe, Service

LOST_AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MARK = "0a1b2c3d"

SCENARIO = DrillScenario(
    name="alpha-lost",
    title_zh="甲機房喪失",
    title_en="Alpha is lost",
    lost_site="alpha",
    recovery_site="gamma",
    services=("pass",),
    every=timedelta(days=92),
)

SERVICE = Service(
    name="pass",
    title_zh="通行證",
    title_en="City pass",
    agency="bureau",
    tier=1,
    rto=timedelta(hours=1),
    rpo=timedelta(minutes=30),
    mtpd=timedelta(hours=4),
    probes=(Probe(machine="pass-web-1", kind="http", port=80, contains="record"),),
    data_age=(DataAge(machine="pass-db-1", kind="command", command="newest-record"),),
)

EMPTY = Image(
    machines=("other",), networks=("gamma-services",), folders=("bureau",), files=("[vsan] other",), probers=()
)


def machine(name: str, address: str, *, database: str | None = None) -> Machine:
    """A machine of the service at alpha."""
    return Machine(
        name=name,
        site="alpha",
        agency="bureau",
        service="pass",
        tier=1,
        role="web" if database else "database",
        vcpus=1,
        memory_mib=256,
        disk_gib=1,
        network="alpha-services",
        address=address,
        backup_policy="daily",
        database=database,
    )


def point(name: str, address: str) -> RestorePoint:
    """The machine's restore point of five minutes before the loss."""
    return RestorePoint(
        machine=name,
        site="alpha",
        taken=LOST_AT - timedelta(minutes=5),
        run="20261121-095500-backup-aaaa",
        shape=MachineShape(vcpus=1, memory_mib=256, network="alpha-services", address=address),
        disks=(
            DiskImage(name="disk-0", snapshot="ab12", size_bytes=3_000_000, capacity_bytes=67_108_864, sha256="c" * 64),
        ),
    )


MACHINES = (machine("pass-web-1", "10.1.1.11", database="pass-db-1"), machine("pass-db-1", "10.1.1.10"))


def survey(*, missing: tuple[str, ...] = ()) -> Survey:
    """What gamma surveys; `missing` machines have no restore point."""
    return Survey(
        estate_digest="e" * 64,
        scenario=SCENARIO,
        services=(SERVICE,),
        machines=MACHINES,
        points=tuple(point(one.name, one.address) for one in MACHINES if one.name not in missing),
        missing=missing,
        gateways=("10.1.1.1/24",),
        production=("10.3.0.1", "10.3.0.10"),
        production_gateways=("10.3.0.1",),
        neighbours=("10.3.0.10",),
        before=EMPTY,
    )


ISOLATION = IsolationSeen(
    attached=("prober-01",),
    looked_for=2,
    controls=("arp", "nd", "echo", "listener"),
    neighbours=("10.3.0.10 (02:00:00:00:00:10)",),
    unseen_machines=0,
)

WATCH = WatchSeen(
    began=LOST_AT + timedelta(seconds=5),
    ended=LOST_AT + timedelta(seconds=60),
    beats=55,
    gaps=(),
    sightings=(),
    wrong=(),
)
