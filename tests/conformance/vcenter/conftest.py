"""The vCenters every driver test runs on: the fake, and the live driver against the lab's simulator."""

from collections.abc import Iterator

import pytest
from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import read_all
from groundwork.drivers.vcenter.fake import FakeVCenter
from groundwork.drivers.vcenter.live import LiveVCenter
from groundwork.drivers.vcenter.privileges import METHODS
from groundwork.drivers.vcenter.protocol import SeenMachine, SeenVlan, VCenter
from groundwork.drivers.vcenter.session import Session
from groundwork.shell.clock import SystemClock
from tests.builders.vcenter_simulator import LOCATION, Simulator, machine, missing_programs, simulated_vcenter

AT_START = (
    machine("web-01", 1),
    machine("web-02", 2, powered_on=False, folder="tax", network="net-b", annotation=""),
    machine("tmpl-guest", 3, powered_on=False, template=True),
)


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    if missing_programs():
        pytest.skip(f"not installed: {', '.join(missing_programs())}")
    with simulated_vcenter(tmp_path_factory.mktemp("vcenter"), machines=list(AT_START)) as running:
        _make_namesakes(running)
        yield running


def _make_namesakes(simulator: Simulator) -> None:
    """A second datacenter of that vCenter, whose folder and cluster bear the names of the site's own."""
    session = Session(simulator.access, SystemClock())
    other = session.content.rootFolder.CreateFolder("other").CreateDatacenter("dc-other")
    rows = {row.name: row.ref for row in read_all(session, {vim.Folder: ("name",)}, below=other)}
    rows["vm"].CreateFolder("digital")
    rows["host"].CreateClusterEx(LOCATION.cluster, vim.cluster.ConfigSpecEx())
    session.close()


@pytest.fixture
def live(simulator: Simulator) -> Iterator[LiveVCenter]:
    """The live driver; what a test leaves behind beyond the machines at the start is destroyed."""
    simulator.forget_faults()
    called: set[str] = set()
    vcenter = LiveVCenter(simulator.access, clock=SystemClock(), called=called.add)
    yield vcenter
    simulator.forget_faults()
    for seen in vcenter.list_machines():
        if seen.name not in {one["name"] for one in AT_START}:
            vcenter.destroy(seen.name)
    vcenter.close()
    assert called <= METHODS.keys(), f"missing in privileges.py: {sorted(called - METHODS.keys())}"


@pytest.fixture(params=["fake", "live"])
def vcenter(request: pytest.FixtureRequest) -> VCenter:
    if request.param == "live":
        found: LiveVCenter = request.getfixturevalue("live")
        return found
    fake = FakeVCenter(
        clock=SystemClock(),
        networks={"net-a", "net-b"},
        vlans={"net-a": SeenVlan(number=110)},
        folders={"digital", "tax"},
        datastores={"vsan-test"},
    )
    for number, one in enumerate(AT_START, start=1):
        seen = SeenMachine(
            name=one["name"],
            moref=f"vm-at-start-{number}",
            instance_uuid=one["uuid"],
            folder=one["folder"],
            vcpus=one["vcpus"],
            memory_mib=one["memory_mib"],
            powered_on=one["powered_on"],
            template=one["template"],
            network=one["network"],
            address=one["address"] if one["powered_on"] else "",
            mark=one["annotation"],
        )
        fake.put(seen, f"disk of {one['name']}".encode())
    return fake
