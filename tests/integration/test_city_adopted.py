"""A stock vCenter (govmomi's simulator as it is) adopted as a city by itself, with the commands of a real city."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from commands.own_command import inv_environment
from groundwork.drivers.vcenter.bulk_read import read_all
from groundwork.drivers.vcenter.live import LiveVCenter
from groundwork.drivers.vcenter.protocol import UNTAGGED, SeenVlan
from groundwork.drivers.vcenter.session import Session, VCenterAccess
from groundwork.errors import OutsideError
from groundwork.model.site import VCenterLocation
from groundwork.settings.secret import Secret
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import Completed, LeashedCommands, LocalCommands
from groundwork.shell.network_namespace import enter_network_namespace
from tests.builders.own_process import own_environment
from tests.builders.vcenter_simulator import program, write_certificate
from tests.builders.warm_python import warm_argv

_Switch = vim.dvs.VmwareDistributedVirtualSwitch
SOURCE = Path(__file__).parent / "stock_vcenter"
ADDRESS = "10.50.0.10"  # of the sample city's central vCenter; it exists in a network namespace of the test's own
NAMESPACE = f"cityops-stock-{os.getpid()}"
LIVE = ("--live", "--reason", "test")

OWN = own_environment(**inv_environment())


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCity:
    """A new city, whose central site's vCenter is the stock one."""

    folder: Path
    certificate: Path

    @property
    def settings(self) -> Path:
        """Its settings file."""
        return self.folder / "settings.yaml"

    @property
    def machines(self) -> Path:
        """Its list of machines."""
        return self.folder / "inventory" / "stockton" / "machines.csv"

    def inv(self, *arguments: str, good: tuple[int, ...] = (0,)) -> Completed:
        """A command of ours with its settings, as a person types it."""
        argv = [*warm_argv("-m", "commands", *arguments), "--settings", str(self.settings)]
        done = LocalCommands().run(argv, timeout_seconds=120, check=False, environment=OWN)
        assert done.exit_code in good, f"{arguments} ended with {done.exit_code}\n{done.stdout}\n{done.stderr}"
        return done

    def document(self, *arguments: str, good: tuple[int, ...] = (0,)) -> Any:  # noqa: ANN401 - a JSON document
        """Its answer."""
        return json.loads(self.inv(*arguments, "--json", good=good).stdout)

    def steps(self, *arguments: str, good: tuple[int, ...] = (0, 2)) -> list[str]:
        """What `machines.plan` would do at the stock site."""
        plan = self.document("machines.plan", "--only", "central", *arguments, good=good)
        return [step["description"] for step in plan["steps"]]

    def states(self) -> dict[str, str]:
        """Each machine's state."""
        return {row["name"]: row["state"] for row in self.document("machines.list", "--only", "central")}

    @property
    def access(self) -> VCenterAccess:
        """How its vCenter is entered from within the namespace."""
        names = ("DC0_C0_H0", "DC0_C0_H1", "DC0_C0_H2")
        location = VCenterLocation(
            address=ADDRESS, datacenter="DC0", cluster="DC0_C0", datastore="LocalDS_0", hypervisors=names
        )
        return VCenterAccess(
            site="central",
            location=location,
            username="operator",
            password=Secret.of("stock"),
            ca_file=self.certificate,
        )

    def by_hand(self, act: Callable[[Callable[[str], Any]], None]) -> None:
        """Somebody does something at the vCenter; `act` is given what finds a machine by its name."""

        def attempt() -> None:
            session = Session(self.access, SystemClock())
            act(lambda name: session.content.searchIndex.FindByInventoryPath(f"DC0/vm/{name}"))
            session.close()

        inside(attempt)


def inside(act: Callable[[], None]) -> None:
    """Do something from within the test's network namespace."""

    def entered() -> None:
        enter_network_namespace(NAMESPACE)
        act()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(entered).result()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StockCity]:
    if os.geteuid() != 0 or program("go") is None or program("ip") is None:
        pytest.skip("needs root (a network namespace) and Go")
    folder = tmp_path_factory.mktemp("stock")
    certificate, key = write_certificate(folder, ADDRESS)
    binary = folder / "vcenter"
    build = [str(program("go")), "build", "-C", str(SOURCE), "-buildvcs=false", "-o", str(binary), "."]
    LocalCommands().run(build, timeout_seconds=300)
    with _namespace():
        argv = ["ip", "netns", "exec", NAMESPACE, str(binary), f"{ADDRESS}:443", str(certificate), str(key)]
        with LeashedCommands().start(argv) as running:
            assert running.stdout.readline().decode().split()[:1] == ["ready"]
            yield _new_city(folder, certificate)


@contextmanager
def _namespace() -> Iterator[None]:
    ip = LocalCommands()
    ip.run(["ip", "netns", "add", NAMESPACE], timeout_seconds=10)
    try:
        ip.run(["ip", "-n", NAMESPACE, "link", "set", "lo", "up"], timeout_seconds=10)
        ip.run(["ip", "-n", NAMESPACE, "address", "add", f"{ADDRESS}/32", "dev", "lo"], timeout_seconds=10)
        yield
    finally:
        ip.run(["ip", "netns", "delete", NAMESPACE], timeout_seconds=10)


def _new_city(folder: Path, certificate: Path) -> StockCity:
    """A city from `inv estate.new`, with the names that the stock vCenter has."""
    inventory = folder / "inventory" / "stockton"
    LocalCommands().run(warm_argv("-m", "commands", "estate.new", str(inventory)), timeout_seconds=60, environment=OWN)
    sites = (inventory / "sites.yaml").read_text(encoding="utf-8")
    for ours, its in (
        ("central-dc", "DC0"),
        ("central-cluster", "DC0_C0"),
        ("central-datastore", "LocalDS_0"),
        ("[esx-01.central.example, esx-02.central.example]", "[DC0_C0_H0, DC0_C0_H1, DC0_C0_H2]"),
    ):
        assert sites.count(ours) == 1
        sites = sites.replace(ours, its)
    (inventory / "sites.yaml").write_text(sites, encoding="utf-8")
    city = StockCity(folder=folder, certificate=certificate)
    city.settings.write_text(
        f"city: stockton\ninventory: {folder}/inventory\nstate: {folder}/state\nca_file: {certificate}\n"
        f"network_namespace: {NAMESPACE}\n"
        f"vcenters: {{central: {{username: operator, password: {{file: {folder}/password}}}}}}\n",
        encoding="utf-8",
    )
    (folder / "password").write_text("stock", encoding="utf-8")
    return city


def finish(task: Any) -> None:  # noqa: ANN401 - pyVmomi
    """Wait for a task of the vCenter."""
    clock = SystemClock()
    while task.info.state in ("queued", "running"):
        clock.sleep(0.05)
    assert task.info.state == "success", task.info.error


def make_template(machine: Callable[[str], Any]) -> None:
    """One of its machines becomes a template."""
    finish(machine("DC0_C0_RP0_VM1").PowerOffVM_Task())
    machine("DC0_C0_RP0_VM1").MarkAsTemplate()


def edit(path: Path, *changes: tuple[str, str]) -> None:
    """A person changes texts of a file, each of which stands there once."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, (old, text)
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def rows(city: StockCity) -> dict[str, dict[str, str]]:
    """The list of machines as it is written, by name."""
    with city.machines.open(encoding="utf-8", newline="") as stream:
        return {row["name"]: row for row in csv.DictReader(stream) if not row["name"].startswith("#")}


def test_what_is_adopted_needs_nothing_and_is_marked_for_a_person(city: StockCity) -> None:
    city.by_hand(make_template)
    adopted = city.document("estate.import", "--site", "central")
    assert adopted["written"] == ["machines.csv", "templates.yaml", "networks.yaml"]
    untagged = "untagged: the physical switch decides"
    assert adopted["networks"] == [{"name": "DC0_DVPG0", "machines": 3, "vlan": None, "note": untagged}]
    networks = city.machines.with_name("networks.yaml").read_text(encoding="utf-8")
    assert f'vlan: ?, purpose: ?, port_group: "DC0_DVPG0"}}  # {untagged}' in networks
    assert rows(city).keys() == {"dc0-c0-rp0-vm0", "dc0-h0-vm0", "dc0-h0-vm1"}
    first = rows(city)["dc0-c0-rp0-vm0"]
    assert (first["agency"], first["service"], first["backup_policy"]) == ("unassigned",) * 3
    assert (first["vcenter_name"], first["vcpus"], first["disk_gib"]) == ("DC0_C0_RP0_VM0", "1", "10")
    assert "undecided of 3 machines" in city.inv("estate.check").stderr
    assert set(city.states().values()) == {"right"}
    assert city.steps(good=(0,)) == []
    assert city.document("estate.import", "--site", "central")["written"] == []


def test_the_vlan_that_a_port_group_gets_takes_the_place_of_what_the_line_said(city: StockCity) -> None:
    networks = city.machines.with_name("networks.yaml")
    for setting, line in (
        (
            _Switch.TrunkVlanSpec(vlanId=[vim.NumericRange(start=1, end=20)]),
            "vlan: ?, purpose: ?, {}  # a trunk of 1-20",
        ),
        (_Switch.VlanIdSpec(vlanId=77), "vlan: 77, purpose: ?, {}"),
    ):
        inside(lambda setting=setting: tag(city, "DC0_DVPG0", setting))  # type: ignore[misc]
        assert city.document("estate.import", "--site", "central")["written"] == ["networks.yaml"]
        lines = [one for one in networks.read_text(encoding="utf-8").splitlines() if "DC0_DVPG0" in one]
        assert [one.strip() for one in lines] == [
            "# {site: central, cidr: ?, gateway: ?, " + line.format('port_group: "DC0_DVPG0"}')
        ]
        assert city.document("estate.import", "--site", "central")["written"] == []


def tag(city: StockCity, port_group: str, setting: Any) -> None:  # noqa: ANN401 - pyVmomi
    """Somebody gives a distributed port group another VLAN."""
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name=port_group)
    spec.defaultPortConfig = _Switch.VmwarePortConfigPolicy(vlan=setting)
    with closing(Session(city.access, SystemClock())) as session:
        rows = read_all(session, {vim.dvs.DistributedVirtualPortgroup: ("name",)})
        finish(next(row for row in rows if row.name == port_group).ref.ReconfigureDVPortgroup_Task(spec))


def test_the_vlan_of_a_standard_port_group_is_what_its_hypervisors_show(city: StockCity) -> None:
    def read() -> None:
        with closing(LiveVCenter(city.access, clock=SystemClock())) as vcenter:
            seen.update(vcenter.list_vlans())

    seen: dict[str, SeenVlan] = {}
    inside(read)
    assert seen == {"DC0_DVPG0": SeenVlan(number=77), "VM Network": UNTAGGED}


def test_a_network_that_a_person_has_completed_is_filled_in(city: StockCity) -> None:
    networks = city.machines.with_name("networks.yaml")
    assert 'port_group: "DC0_DVPG0"' in networks.read_text(encoding="utf-8")
    line = "central-services: {site: central, cidr: 10.50.10.0/24, gateway: 10.50.10.1, vlan: 110, purpose: services"
    edit(networks, (line, f"{line}, port_group: DC0_DVPG0"))
    filled = city.document("estate.import", "--site", "central")
    assert (filled["written"], filled["networks"]) == (["machines.csv"], [])
    assert filled["vlans"] == [{"network": "central-services", "written": 110, "shown": 77}]
    shown = city.inv("estate.import", "--site", "central").stdout
    assert "differs: central-services, vlan: 110 → 77; networks.yaml is changed by hand only" in shown
    first = rows(city)["dc0-c0-rp0-vm0"]
    assert first["network"] == "central-services"
    assert first["adapters"].startswith("central-services/00:0c:29:")
    assert city.steps(good=(0,)) == []


def test_a_second_import_shows_what_differs_and_overwrites_only_when_asked(city: StockCity) -> None:
    city.by_hand(lambda machine: finish(machine("DC0_H0_VM0").ReconfigVM_Task(vim.vm.ConfigSpec(numCPUs=2))))
    assert city.steps() == ["resize DC0_H0_VM0 at central: 2 → 1 vCPU (shut down and started again)"]
    seen = city.document("estate.import", "--site", "central")
    assert seen["differences"] == [{"machine": "dc0-h0-vm0", "column": "vcpus", "written": "1", "shown": "2"}]
    assert (seen["written"], rows(city)["dc0-h0-vm0"]["vcpus"]) == ([], "1")
    assert city.document("estate.import", "--site", "central", "--overwrite")["written"] == ["machines.csv"]
    assert rows(city)["dc0-h0-vm0"]["vcpus"] == "2"
    assert city.steps(good=(0,)) == []


def test_a_machine_that_a_person_assigns_is_marked_moved_and_resized(city: StockCity) -> None:
    edit(
        city.machines,
        (
            "dc0-h0-vm1,central,unassigned,unassigned,application,1,32,10",
            "dc0-h0-vm1,central,information,portal,application,2,64,10",
        ),
    )
    assert city.steps() == [
        "move DC0_H0_VM1 at central: folder (none) → information",
        "mark DC0_H0_VM1 at central: cityops: machine=dc0-h0-vm1 agency=information service=portal tier=1",
        "resize DC0_H0_VM1 at central: 1 → 2 vCPU, 32 → 64 MiB (shut down and started again)",
    ]
    city.inv("machines.apply", "--only", "central", *LIVE)
    assert city.steps(good=(0,)) == []


def test_a_machine_is_made_from_the_template_and_known_again_when_it_was_renamed_by_hand(city: StockCity) -> None:
    header = city.machines.read_text(encoding="utf-8").splitlines()[0].split(",")
    row = {
        "name": "portal-01",
        "site": "central",
        "agency": "information",
        "service": "portal",
        "role": "application",
        "vcpus": "1",
        "memory_mib": "64",
        "disk_gib": "10",
        "network": "central-services",
        "address": "10.50.10.21",
        "backup_policy": "hourly",
        "template": "dc0-c0-rp0-vm1",
    }
    with city.machines.open("a", encoding="utf-8") as stream:
        stream.write(",".join(row.get(column, "") for column in header) + "\n")
    made = city.steps()
    assert made[0].startswith("create portal-01 at central: 1 vCPU, 64 MiB, network DC0_DVPG0, folder information")
    city.inv("machines.apply", "--only", "central", *LIVE)
    assert city.steps(good=(0,)) == []
    city.by_hand(lambda machine: finish(machine("information/portal-01").Rename_Task("Portal OLD")))
    assert city.states()["portal-01"] == "renamed"
    assert city.steps(good=(0,)) == []
    assert "is named Portal OLD at the vCenter" in city.inv("machines.plan", "--only", "central").stderr


def test_a_machine_that_is_gone_is_lost_and_not_made_without_a_word(city: StockCity) -> None:
    city.by_hand(remove_adopted)
    assert city.states()["dc0-h0-vm0"] == "lost"
    reported = city.inv("machines.plan", "--only", "central", good=(6,))
    assert "inv backup.restore dc0-h0-vm0" in reported.stderr


def test_what_a_restore_left_is_removed_and_nothing_else(city: StockCity) -> None:
    city.by_hand(leave_a_copy)
    assert city.states()["copy"] == "restored"
    assert "not ours to remove" in city.inv("machines.remove", "DC0_C0_RP0_VM0-other", good=(3,)).stderr
    assert city.inv("machines.remove", "dc0-h0-vm1", good=(3,)).stderr.count("stands for a machine of the estate") == 1
    city.inv("machines.remove", "copy", *LIVE)
    assert "copy" not in city.states()


def leave_a_copy(machine: Callable[[str], Any]) -> None:
    """A machine as a restore leaves it, and one that somebody made by hand."""
    restored = "cityops: restored from central/web-01@2026-11-26 (run r1)"
    source = machine("DC0_C0_RP0_VM0")
    clone = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(pool=source.resourcePool), powerOn=False, template=False)
    for name, mark in (("copy", restored), ("DC0_C0_RP0_VM0-other", "")):
        finish(source.CloneVM_Task(source.parent, name, clone))
        finish(machine(name).ReconfigVM_Task(vim.vm.ConfigSpec(annotation=mark)))


def remove_adopted(machine: Callable[[str], Any]) -> None:
    """Somebody destroys one of the machines."""
    finish(machine("DC0_H0_VM0").PowerOffVM_Task())
    finish(machine("DC0_H0_VM0").Destroy_Task())


def test_what_the_stock_vcenter_does_not_serve_is_refused_in_words(city: StockCity) -> None:
    """It serves no disk's bytes over NFC, but a line of text in their place: that must never be a restore point."""

    def export() -> None:
        name = "DC0_C0_RP0_VM0"
        with closing(LiveVCenter(city.access, clock=SystemClock())) as vcenter:
            vcenter.take_snapshot(name, snapshot="cityops-test", quiesce=False)
            with vcenter.export_disks(name, snapshot="cityops-test") as disks:
                read = [sum(map(len, disk.chunks)) for disk in disks]
            assert read

    with pytest.raises(OutsideError, match="bytes are no streamOptimized disk"):
        inside(export)
