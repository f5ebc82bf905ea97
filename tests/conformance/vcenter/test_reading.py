"""What is hard to read in a vCenter: what cannot be seen, odd names, names that exist twice; fake and simulator."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from groundwork.drivers.vcenter.bulk_read import read_one
from groundwork.drivers.vcenter.fake import FakeVCenter
from groundwork.drivers.vcenter.live import LiveVCenter
from groundwork.drivers.vcenter.protocol import NewMachine, NotQuiescedError, SeenMachine, UnseenMachine, VCenter
from groundwork.errors import OutsideError
from groundwork.model.restore_point import MachineShape
from tests.builders.vcenter_simulator import Simulator

NEW = NewMachine(
    name="new-01",
    folder="digital",
    shape=MachineShape(vcpus=1, memory_mib=512, network="net-a", address=""),
    mark="cityops: agency=digital service=web tier=1",
    disk_gib=1,
)


@pytest.fixture
def veil(vcenter: VCenter, request: pytest.FixtureRequest) -> Callable[[str, str, str], None]:
    """Make a machine one that cannot be seen: `veil(name, state, reason)`."""

    def put(name: str, state: str, reason: str) -> None:
        if isinstance(vcenter, FakeVCenter):
            vcenter.put_unseen(UnseenMachine(name=name, moref="vm-x", reason=reason))
        else:
            simulator: Simulator = request.getfixturevalue("simulator")
            simulator.veil(name, state)

    return put


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("disconnected", "its hypervisor is disconnected"),
        ("orphaned", "it is orphaned: the vCenter knows it, no hypervisor does"),
        ("inaccessible", "its files cannot be reached (inaccessible)"),
        ("invalid", "its configuration file is invalid"),
    ],
)
def test_a_machine_that_cannot_be_seen_is_a_row_with_its_reason(
    vcenter: VCenter, veil: Callable[[str, str, str], None], state: str, reason: str
) -> None:
    veil("web-02", state, reason)
    unseen = next(one for one in vcenter.list_machines() if one.name == "web-02")
    assert isinstance(unseen, UnseenMachine)
    assert unseen.reason == reason
    assert [one.name for one in vcenter.list_machines() if isinstance(one, SeenMachine)] == ["tmpl-guest", "web-01"]
    with pytest.raises(OutsideError, match="web-02 at central cannot be seen now: it"):
        vcenter.read_machine("web-02")


def test_a_machine_the_account_may_not_read_stops_nobody_else(live: LiveVCenter, simulator: Simulator) -> None:
    moref = next(one.moref for one in live.list_machines() if one.name == "web-02")
    simulator.veil("web-02", "permission")
    listed = live.list_machines()
    unseen = next(one for one in listed if isinstance(one, UnseenMachine))
    assert (unseen.name, unseen.moref) == (moref, moref)
    assert "the account of the settings may not read it" in unseen.reason
    assert "NoPermission" in unseen.reason
    assert [one.name for one in listed if isinstance(one, SeenMachine)] == ["tmpl-guest", "web-01"]


@pytest.mark.parametrize("name", ["WEB-01", "web.01", "稅務 DB 01", "web/01", "100% full", "back\\slash", "50%2f50"])
def test_a_name_is_found_as_people_write_it(vcenter: VCenter, name: str) -> None:
    vcenter.create(replace(NEW, name=name), template=None)
    made = vcenter.read_machine(name)
    assert made is not None
    assert made.name == name
    assert name in [one.name for one in vcenter.list_machines()]
    assert vcenter.read_machine("web-01") is not None
    vcenter.set_power(name, on=True)
    vcenter.destroy(name)
    assert vcenter.read_machine(name) is None


def test_a_clone_bears_an_odd_name_too(vcenter: VCenter) -> None:
    vcenter.create(replace(NEW, name="tax/01"), template="tmpl-guest")
    made = vcenter.read_machine("tax/01")
    assert made is not None
    assert made.name == "tax/01"


def test_a_machine_is_renamed_and_renamed_again(vcenter: VCenter) -> None:
    vcenter.create(NEW, template=None)
    before = vcenter.read_machine("new-01")
    for _ in range(2):
        vcenter.rename("new-01", to="New 01/b")
    after = vcenter.read_machine("New 01/b")
    assert before is not None
    assert after is not None
    assert after.instance_uuid == before.instance_uuid
    assert vcenter.read_machine("new-01") is None
    with pytest.raises(OutsideError, match="another machine named web-01"):
        vcenter.rename("New 01/b", to="web-01")


def test_folders_of_one_name_at_two_depths_are_two_folders(vcenter: VCenter) -> None:
    vcenter.create(replace(NEW, folder="digital/tax"), template=None)
    made = vcenter.read_machine("new-01")
    assert made is not None
    assert made.folder == "digital/tax"
    assert {"digital", "digital/tax", "tax"} <= set(vcenter.list_folders())
    vcenter.move("new-01", folder="tax")
    moved = vcenter.read_machine("new-01")
    assert moved is not None
    assert moved.folder == "tax"
    vcenter.move("new-01", folder="digital/tax/old")
    moved = vcenter.read_machine("new-01")
    assert moved is not None
    assert moved.folder == "digital/tax/old"


def test_a_machine_in_a_vapp_has_no_folder_and_is_not_moved(vcenter: VCenter, request: pytest.FixtureRequest) -> None:
    vcenter.create(NEW, template=None)
    if isinstance(vcenter, FakeVCenter):
        vcenter.change("new-01", vapp="resgroup-v1", folder="")
    else:
        simulator: Simulator = request.getfixturevalue("simulator")
        simulator.veil("new-01", "vapp")
    seen = vcenter.read_machine("new-01")
    assert seen is not None
    assert (seen.vapp, seen.folder) == ("resgroup-v1", "")
    with pytest.raises(OutsideError, match="new-01 at central lies in a vApp: it is not moved"):
        vcenter.move("new-01", folder="tax")


def test_what_a_plan_needs_is_looked_at_before_anything_is_made(vcenter: VCenter) -> None:
    assert vcenter.check_location(networks={"net-a", "net-b"}, templates={"tmpl-guest"}) == ()
    obstacles = vcenter.check_location(networks={"net-x"}, templates={"tmpl-x", "web-01"})
    assert len(obstacles) == 3
    assert "no network named 'net-x'" in obstacles[0]
    assert "no template named 'tmpl-x'" in obstacles[1]
    assert "web-01" in obstacles[2]


def test_a_datastore_that_is_too_full_is_reported(vcenter: VCenter) -> None:
    assert vcenter.check_location(networks=(), templates=(), room_bytes=1 << 30) == ()
    (obstacle,) = vcenter.check_location(networks=(), templates=(), room_bytes=1 << 60)
    assert obstacle.endswith("GiB free, and at least 1,073,741,824.0 GiB are needed")


def test_a_machine_is_made_on_the_datastore_it_names_and_on_no_other(vcenter: VCenter) -> None:
    vcenter.create(replace(NEW, datastore="vsan-test"), template=None)
    made = vcenter.read_machine("new-01")
    assert made is not None
    assert made.datastores == ("vsan-test",)
    with pytest.raises(OutsideError, match="no datastore named 'nowhere'"):
        vcenter.create(replace(NEW, name="new-02", datastore="nowhere"), template=None)
    assert vcenter.read_machine("new-02") is None
    assert vcenter.check_location(networks=(), templates=(), datastore="vsan-test") == ()
    (obstacle,) = vcenter.check_location(networks=(), templates=(), datastore="nowhere")
    assert "no datastore named 'nowhere'" in obstacle


def test_a_hypervisor_that_is_away_gets_no_machine(live: LiveVCenter, simulator: Simulator) -> None:
    for name in ("esx-1", "esx-2"):
        simulator.veil(name, "disconnected")
    live.create(NEW, template=None)
    row = read_one(live._session, live._inventory.need("new-01"), ["runtime.host"])  # noqa: SLF001 - not in the protocol
    assert read_one(live._session, row.get("runtime.host"), ["name"]).name == "esx-3"  # noqa: SLF001
    simulator.veil("esx-3", "disconnected")
    (obstacle,) = live.check_location(networks=(), templates=())
    assert obstacle.startswith("no hypervisor of cluster-test is connected and out of maintenance")
    with pytest.raises(OutsideError, match="no machine can be made at central: no hypervisor of cluster-test"):
        live.create(replace(NEW, name="new-02"), template=None)


def test_a_datastore_in_maintenance_is_reported_before_and_refused_at_the_step(
    live: LiveVCenter, simulator: Simulator
) -> None:
    simulator.veil("vsan-test", "maintenance")
    assert live.check_location(networks=(), templates=()) == ("datastore vsan-test is in maintenance",)
    with pytest.raises(OutsideError, match="no machine can be made at central: datastore vsan-test is in maintenance"):
        live.create(NEW, template=None)
    assert [one.name for one in live.list_machines()] == ["tmpl-guest", "web-01", "web-02"]


def test_a_machine_whose_disks_need_consolidation_is_reported_and_mended(
    vcenter: VCenter, request: pytest.FixtureRequest
) -> None:
    vcenter.create(NEW, template=None)
    if isinstance(vcenter, FakeVCenter):
        vcenter.change("new-01", consolidation_needed=True)
    else:
        simulator: Simulator = request.getfixturevalue("simulator")
        simulator.veil("new-01", "consolidation")
    shown = []
    for _ in range(2):
        seen = vcenter.read_machine("new-01")
        assert seen is not None
        shown.append(seen.consolidation_needed)
        vcenter.consolidate("new-01")
    assert shown == [True, False]


def test_a_missing_privilege_is_named(live: LiveVCenter, simulator: Simulator) -> None:
    simulator.ask_for_fault(
        method="CreateVM_Task", fault="NoPermission", privilege="VirtualMachine.Inventory.Create", count=1
    )
    with pytest.raises(OutsideError, match=r"lacks the privilege VirtualMachine\.Inventory\.Create"):
        live.create(NEW, template=None)


def test_a_guest_that_cannot_be_quiesced_says_so_and_is_frozen_without(
    vcenter: VCenter, request: pytest.FixtureRequest
) -> None:
    vcenter.create(NEW, template=None)
    if isinstance(vcenter, FakeVCenter):
        vcenter.unquiet.add("new-01")
    else:
        simulator: Simulator = request.getfixturevalue("simulator")
        simulator.ask_for_fault(method="CreateSnapshot_Task", mode="task", fault="ApplicationQuiesceFault", count=1)
    with pytest.raises(NotQuiescedError):
        vcenter.take_snapshot("new-01", snapshot="s")
    taken = vcenter.take_snapshot("new-01", snapshot="s", quiesce=False)
    assert not taken.quiesced
    assert vcenter.take_snapshot("new-01", snapshot="s") == taken
