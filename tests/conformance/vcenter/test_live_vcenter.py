"""How the live driver bears a vCenter that refuses, breaks off, forgets or lies; against the lab's simulator."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import read_one
from groundwork.drivers.vcenter.live import LiveVCenter
from groundwork.drivers.vcenter.machine_spec import render_machine
from groundwork.drivers.vcenter.protocol import HALF_IMPORTED, DiskStream, NewMachine
from groundwork.drivers.vcenter.tasks import finish, wait_until
from groundwork.errors import ConfigurationError, OutsideError, UnreachableError
from groundwork.model.hardware import Disk
from groundwork.model.restore_point import MachineShape
from groundwork.settings.secret import Secret
from groundwork.shell.clock import SystemClock
from tests.builders.vcenter_simulator import Simulator

NEW = NewMachine(
    name="new-01",
    folder="digital",
    shape=MachineShape(vcpus=1, memory_mib=512, network="net-a", address=""),
    mark="cityops: agency=digital service=web tier=1",
    disk_gib=1,
)


class HastyClock:
    """Waits for nothing, counts the seconds it was asked to wait."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self.slept_seconds = 0.0
        self.now = self._clock.now

    def monotonic(self) -> float:
        return self._clock.monotonic() + self.slept_seconds

    def sleep(self, seconds: float) -> None:
        self.slept_seconds += seconds


@pytest.fixture
def exported(live: LiveVCenter) -> Iterator[bytes]:
    """A disk as it went out, of a machine that keeps its snapshot `out` meanwhile."""
    live.take_snapshot("web-01", snapshot="out")
    with live.export_disks("web-01", snapshot="out") as disks:
        content = b"".join(chunk for disk in disks for chunk in disk.chunks)
    yield content
    live.remove_snapshot("web-01", snapshot="out")


def _opened(simulator: Simulator, **changes: object) -> LiveVCenter:
    return LiveVCenter(replace(simulator.access, **changes), clock=HastyClock())  # type: ignore[arg-type]  # fields by name


def test_a_wrong_password_is_refused_without_telling_it(simulator: Simulator) -> None:
    vcenter = _opened(simulator, password=Secret.of("hunter2-wrong"))
    with closing(vcenter), pytest.raises(OutsideError, match="InvalidLogin") as caught:
        vcenter.list_machines()
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint} {caught.value.__cause__!r}"
    assert "password" in caught.value.hint


def test_the_password_is_not_in_what_is_printed_of_the_access(simulator: Simulator) -> None:
    assert simulator.access.password.reveal() not in repr(simulator.access)


def test_a_certificate_of_a_stranger_is_refused(simulator: Simulator) -> None:
    strangers = Path("/etc/ssl/certs/ca-certificates.crt")
    if not strangers.exists():
        pytest.skip("this machine has no certificate authorities")
    vcenter = _opened(simulator, ca_file=strangers)
    with closing(vcenter), pytest.raises(OutsideError, match="cannot prove who it is") as caught:
        vcenter.list_machines()
    assert "ca_file" in caught.value.hint


def test_an_authority_that_cannot_be_read_is_a_fault_of_the_settings(simulator: Simulator, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        _opened(simulator, ca_file=tmp_path / "none.pem")


def test_a_vcenter_that_is_not_there_is_tried_three_times_and_named(simulator: Simulator) -> None:
    clock = HastyClock()
    nowhere = replace(simulator.access.location, address="127.0.0.2:1")
    vcenter = LiveVCenter(replace(simulator.access, location=nowhere), clock=clock)
    with closing(vcenter), pytest.raises(UnreachableError, match="the vCenter of central cannot be reached"):
        vcenter.list_machines()
    assert clock.slept_seconds == pytest.approx(2.5)


def test_a_connection_that_breaks_once_is_not_noticed(simulator: Simulator, live: LiveVCenter) -> None:
    before = live.list_machines()
    simulator.ask_for_fault(method="RetrievePropertiesEx", mode="drop", count=1)
    assert live.list_machines() == before


def test_a_machine_whose_creation_breaks_off_is_made_once(simulator: Simulator, live: LiveVCenter) -> None:
    simulator.ask_for_fault(method="CreateVM_Task", mode="drop", count=1)
    live.create(NEW, template=None)
    assert [seen.name for seen in live.list_machines()].count("new-01") == 1


def test_a_session_that_was_ended_is_opened_again(live: LiveVCenter) -> None:
    before = live.list_machines()
    live.close()
    assert live.list_machines() == before
    live._session.content.sessionManager.Logout()  # noqa: SLF001 - behind the driver's back
    assert live.list_machines() == before


def test_a_task_that_fails_says_the_vcenters_own_words(simulator: Simulator, live: LiveVCenter) -> None:
    live.create(NEW, template=None)
    simulator.ask_for_fault(
        method="PowerOnVM_Task", mode="task", fault="NoDiskSpace", message="vsan-test is full", count=1
    )
    with pytest.raises(OutsideError, match=r"refused \(power new-01 on\): NoDiskSpace: vsan-test is full"):
        live.set_power("new-01", on=True)


def test_a_running_machine_is_started_again_when_its_resize_fails(simulator: Simulator, live: LiveVCenter) -> None:
    live.create(NEW, template=None)
    live.set_power("new-01", on=True)
    simulator.ask_for_fault(method="ReconfigVM_Task", mode="task", fault="InsufficientMemoryResourcesFault", count=1)
    with pytest.raises(OutsideError, match="InsufficientMemoryResourcesFault"):
        live.resize("new-01", vcpus=8, memory_mib=512)
    seen = live.read_machine("new-01")
    assert seen is not None
    assert (seen.powered_on, seen.vcpus) == (True, 1)


def test_a_download_that_breaks_off_is_an_error_and_the_next_one_is_whole(
    simulator: Simulator, live: LiveVCenter, exported: bytes
) -> None:
    simulator.break_transfer(after_bytes=1000, direction="download")
    with (
        pytest.raises(OutsideError, match="web-01"),
        live.export_disks("web-01", snapshot="out") as disks,
    ):
        b"".join(chunk for disk in disks for chunk in disk.chunks)
    with live.export_disks("web-01", snapshot="out") as disks:
        assert b"".join(chunk for disk in disks for chunk in disk.chunks) == exported


@pytest.mark.parametrize("missing", [0, 1, 1000])
def test_a_download_that_nothing_proves_whole_is_refused(
    simulator: Simulator, live: LiveVCenter, exported: bytes, missing: int
) -> None:
    """No length, no manifest, and no end marker: qemu-img writes none, a hypervisor does (test_tally.py)."""
    simulator.break_transfer(after_bytes=len(exported) - missing, direction="download", silent=True)
    with (
        pytest.raises(OutsideError, match="did not arrive in whole: its stream ended after"),
        live.export_disks("web-01", snapshot="out") as disks,
    ):
        b"".join(chunk for disk in disks for chunk in disk.chunks)


def test_an_upload_that_breaks_off_leaves_no_machine_and_no_file(
    simulator: Simulator, live: LiveVCenter, exported: bytes
) -> None:
    before = live.list_files()
    disk = DiskStream(name="disk-0.vmdk", capacity_bytes=1 << 20, chunks=iter([exported]))
    simulator.break_transfer(after_bytes=1000, direction="upload")
    with pytest.raises(OutsideError, match="import disk 0 of new-01"):
        live.import_machine(NEW, [disk])
    assert live.read_machine("new-01") is None
    assert live.list_files() == before


def test_a_lease_outlives_a_consumer_that_stalls(live: LiveVCenter, exported: bytes) -> None:
    """The simulator's leases die after 8 s without progress."""
    with live.export_disks("web-01", snapshot="out") as disks:
        SystemClock().sleep(timedelta(seconds=9).total_seconds())
        assert b"".join(chunk for disk in disks for chunk in disk.chunks) == exported


def test_a_half_imported_machine_of_a_killed_attempt_is_made_anew(live: LiveVCenter, exported: bytes) -> None:
    live.create(replace(NEW, mark=f"{HALF_IMPORTED} {NEW.mark}"), template=None)
    live.import_machine(NEW, [DiskStream(name="disk-0.vmdk", capacity_bytes=1 << 20, chunks=iter([exported]))])
    seen = live.read_machine("new-01")
    assert seen is not None
    assert seen.mark == NEW.mark


def test_a_machine_made_anew_behind_our_back_is_found_again(simulator: Simulator, live: LiveVCenter) -> None:
    live.create(NEW, template=None)
    first = live.read_machine("new-01")
    with closing(_opened(simulator)) as other:
        other.destroy("new-01")
        assert live.read_machine("new-01") is None
        other.create(NEW, template=None)
    second = live.read_machine("new-01")
    assert first is not None
    assert second is not None
    assert first.moref != second.moref


def test_a_machine_that_a_dead_import_still_holds_is_destroyed_once_its_lease_has_ended(live: LiveVCenter) -> None:
    """The simulator's leases die after 8 s; a half-imported machine bears the mark that it is to have."""
    session, inventory = live._session, live._inventory  # noqa: SLF001 - an import without the rest of it
    disk = Disk(name="disk-0.vmdk", controller="pvscsi", bus=0, unit=0, capacity_bytes=1 << 30)
    half_made = replace(NEW, mark=f"{HALF_IMPORTED} {NEW.mark}")
    config = render_machine(half_made, [disk], [], datastore="vsan-test")
    location = inventory.location()
    begun = SystemClock().monotonic()
    lease = location.pool.ImportVApp(vim.vm.VmImportSpec(configSpec=config), location.vm_folder, None)
    wait_until(session, "see it ready", lambda: read_one(session, lease, ["state"]).get("state") == "ready" or None, 10)
    seen = live.read_machine("new-01")
    assert seen is not None
    assert seen.mark == f"{HALF_IMPORTED} {NEW.mark}"
    live.destroy("new-01")
    assert live.read_machine("new-01") is None
    assert SystemClock().monotonic() - begun > 7


def test_a_machine_that_vanishes_while_it_is_being_destroyed_is_gone(
    live: LiveVCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead import's lease ends when it likes: between our finding the machine and our asking for its power."""
    live.create(NEW, template=None)
    control = live._control  # noqa: SLF001 - the moment between two calls
    is_on = control._is_on  # noqa: SLF001

    def after_it_vanished(machine: vim.VirtualMachine) -> bool:
        finish(live._session, "destroy it", machine.Destroy_Task())  # noqa: SLF001
        monkeypatch.setattr(control, "_is_on", is_on)
        return is_on(machine)

    monkeypatch.setattr(control, "_is_on", after_it_vanished)
    live.destroy("new-01")
    assert live.read_machine("new-01") is None
