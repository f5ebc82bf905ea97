"""What a vCenter shows of machines, networks, folders and files, as the protocol's values."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from pyVmomi import vim, vmodl

from groundwork.drivers.vcenter.bulk_read import Row, read_all, read_objects
from groundwork.drivers.vcenter.place import Place, named, of_type, read_place
from groundwork.drivers.vcenter.protocol import SeenMachine, SeenSnapshot
from groundwork.drivers.vcenter.session import Session
from groundwork.drivers.vcenter.tasks import finish
from groundwork.errors import OutsideError

BOOTS_KEY = "cityops.boots"
_BOOTS_PATH = f'config.extraConfig["{BOOTS_KEY}"]'
_MACHINE_PATHS = (
    "name",
    "parent",
    "network",
    "config.instanceUuid",
    "config.hardware.numCPU",
    "config.hardware.memoryMB",
    "config.template",
    "config.annotation",
    _BOOTS_PATH,
    "runtime.powerState",
    "guest.ipAddress",
    "snapshot.rootSnapshotList",
)
_SURROUNDINGS = {vim.Folder: ("name", "childType"), vim.Network: ("name",)}


class Inventory:
    """Reads one vCenter; keeps where things go, and who bore a name, which is looked at again before it is believed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._place: Place | None = None
        self._known: dict[str, Any] = {}

    def place(self) -> Place:
        """Where things go; read once."""
        if self._place is None:
            self._place = read_place(self._session)
        return self._place

    def machines(self) -> tuple[SeenMachine, ...]:
        """Every machine and template, ordered by name: one bulk read."""
        wanted = {vim.VirtualMachine: _MACHINE_PATHS, **_SURROUNDINGS}
        rows = read_all(self._session, wanted, below=self.place().datacenter)
        return _seen(of_type(rows, vim.VirtualMachine), rows)

    def machine(self, name: str) -> SeenMachine | None:
        """One machine, or None."""
        ref = self.find(name)
        if ref is None:
            return None
        around = read_all(self._session, _SURROUNDINGS, below=self.place().datacenter)
        return _seen(read_objects(self._session, [ref], _MACHINE_PATHS), around)[0]

    def find(self, name: str) -> Any | None:
        """The machine's reference, or None. Raises OutsideError when two bear the name."""
        if not self._still_bears(name):
            self._known.pop(name, None)
            rows = read_all(self._session, {vim.VirtualMachine: ("name",)}, below=self.place().vm_folder)
            same = [row for row in rows if _text(row, "name") == name]
            if not same:
                return None
            self._known[name] = named(self._session, "machine", name, same).ref
        return self._known[name]

    def _still_bears(self, name: str) -> bool:
        if name not in self._known:
            return False
        try:
            (row,) = read_objects(self._session, [self._known[name]], ["name"])
        except vmodl.fault.ManagedObjectNotFound:
            return False
        return _text(row, "name") == name

    def need(self, name: str) -> Any:
        """The machine's reference. Raises OutsideError when there is none."""
        ref = self.find(name)
        if ref is None:
            raise OutsideError(
                f"the vCenter of {self._session.site} has no machine named {name!r}",
                hint="it was renamed or destroyed meanwhile: plan again",
            )
        return ref

    def folders(self) -> dict[str, Any]:
        """The VM folders by name; the datacenter's own is not one of them."""
        rows = read_all(self._session, {vim.Folder: ("name",)}, below=self.place().vm_folder)
        return {_text(row, "name"): row.ref for row in rows}

    def files(self) -> tuple[str, ...]:
        """The folders at the top of the site's datastore, ``[datastore] folder``, in order."""
        browser = self.place().datastore_browser
        top = f"[{self._session.place.datastore}]"
        spec = vim.host.DatastoreBrowser.SearchSpec(query=[vim.host.DatastoreBrowser.FolderQuery()], matchPattern=["*"])
        found = finish(self._session, "list the datastore", browser.SearchDatastore_Task(top, spec))
        return tuple(sorted(f"{top} {file.friendlyName or file.path.rstrip('/')}" for file in found.file))


def _seen(machines: Iterable[Row], around: Iterable[Row]) -> tuple[SeenMachine, ...]:
    names = {row.ref: _text(row, "name") for row in around}
    return tuple(sorted((_machine(row, names) for row in machines), key=lambda machine: machine.name))


def _machine(row: Row, names: dict[Any, str]) -> SeenMachine:
    networks = [names[ref] for ref in row.get("network", []) if ref in names]
    return SeenMachine(
        name=_text(row, "name"),
        moref=row.ref._moId,
        instance_uuid=row.get("config.instanceUuid", ""),
        folder=names.get(row.get("parent"), ""),
        vcpus=row.get("config.hardware.numCPU", 0),
        memory_mib=row.get("config.hardware.memoryMB", 0),
        powered_on=row.get("runtime.powerState") == "poweredOn",
        template=row.get("config.template", False),
        network=networks[0] if networks else "",
        address=row.get("guest.ipAddress", ""),
        mark=row.get("config.annotation", ""),
        boots=getattr(row.get(_BOOTS_PATH), "value", "") == "true",
        snapshots=tuple(SeenSnapshot(name=one.name, taken=one.createTime) for one in flat_snapshots(row)),
    )


def flat_snapshots(row: Row) -> list[Any]:
    """Every node of the machine's snapshot tree (`snapshot.rootSnapshotList`), parents first."""
    waiting = list(row.get("snapshot.rootSnapshotList", []))
    found = []
    while waiting:
        node = waiting.pop(0)
        found.append(node)
        waiting.extend(node.childSnapshotList)
    return found


def _text(row: Row, path: str) -> str:
    return unquote(str(row.get(path, "")))  # vCenter escapes / \ and % in names
