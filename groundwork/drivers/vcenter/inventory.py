"""What a vCenter shows of machines, folders and files, as the protocol's values."""

import ipaddress
from dataclasses import replace
from typing import Any

from pyVmomi import vim, vmodl

from groundwork.drivers.vcenter.bulk_read import Row, read_all, read_shown
from groundwork.drivers.vcenter.devices import HARDWARE_PATHS, datastores_of, devices_of, read_adapters, read_hardware
from groundwork.drivers.vcenter.location import (
    Location,
    not_one,
    of_type,
    on_datastore,
    paths_of,
    read_location,
    read_obstacles,
    tree_of,
)
from groundwork.drivers.vcenter.names import Tree, decode_name, encode_name, is_meant, join_path, split_path
from groundwork.drivers.vcenter.networks import Networks, read_networks
from groundwork.drivers.vcenter.protocol import ListedMachine, SeenAdapter, SeenMachine, SeenSnapshot, UnseenMachine
from groundwork.drivers.vcenter.session import Session
from groundwork.drivers.vcenter.tasks import finish
from groundwork.errors import OutsideError

_MACHINE_PATHS = (
    "name",
    "parent",
    "parentVApp",
    "config.instanceUuid",
    "config.hardware.numCPU",
    "config.hardware.memoryMB",
    "config.template",
    "config.annotation",
    *HARDWARE_PATHS,
    "runtime.host",
    "runtime.powerState",
    "runtime.connectionState",
    "runtime.consolidationNeeded",
    "guest.ipAddress",
    "guest.net",
    "snapshot.rootSnapshotList",
)
_NODES = {vim.Folder: ("name", "parent"), vim.VirtualApp: ("name", "parent")}
_STATES = {
    "disconnected": "its hypervisor is disconnected",
    "orphaned": "it is orphaned: the vCenter knows it, no hypervisor does",
    "inaccessible": "its files cannot be reached (inaccessible)",
    "invalid": "its configuration file is invalid",
}
_CONTAINER_NETWORKS = tuple(ipaddress.IPv4Network(text) for text in ("172.17.0.0/16", "10.88.0.0/16"))  # docker, podman


class Inventory:
    """Reads one vCenter; keeps where things go, and who bore a name, which is looked at again before it is believed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._location: Location | None = None
        self._known: dict[str, Any] = {}

    def location(self) -> Location:
        """Where things go; read once."""
        if self._location is None:
            self._location = read_location(self._session)
        return self._location

    def location_on(self, datastore: str) -> Location:
        """Where machines on that datastore go; the site's own for none."""
        return on_datastore(self._session, self.location(), datastore) if datastore else self.location()

    def networks(self) -> Networks:
        """The networks there are now."""
        return read_networks(self._session, self.location())

    def machines(self) -> tuple[ListedMachine, ...]:
        """Every machine and template, ordered by name: one bulk read."""
        rows = read_all(self._session, {vim.VirtualMachine: _MACHINE_PATHS, **_NODES}, below=self.location().vm_folder)
        tree, networks, hypervisors = tree_of(rows), self.networks(), self._hypervisors()
        listed = (self._listed(row, tree, networks, hypervisors) for row in of_type(rows, vim.VirtualMachine))
        return tuple(sorted(listed, key=lambda machine: (machine.name, machine.moref)))

    def machine(self, name: str) -> SeenMachine | None:
        """One machine, or None. Raises OutsideError when it cannot be seen now."""
        ref = self.find(name)
        if ref is None:
            return None
        around = read_all(self._session, _NODES, below=self.location().vm_folder)
        row = read_shown(self._session, ref, _MACHINE_PATHS)
        listed = self._listed(row, tree_of(around), self.networks(), self._hypervisors())
        if isinstance(listed, UnseenMachine):
            raise OutsideError(
                f"{name} at {self._session.site} cannot be seen now: {listed.reason}",
                hint="mend that in the vCenter, then run again",
            )
        return listed

    def find(self, name: str) -> Any | None:
        """The machine's reference, by its name or path, or None. Raises OutsideError when two bear the name."""
        if not self._still_bears(name):
            self._known.pop(name, None)
            rows = read_all(
                self._session, {vim.VirtualMachine: ("name", "parent"), **_NODES}, below=self.location().vm_folder
            )
            machines = of_type(rows, vim.VirtualMachine)
            paths = paths_of(tree_of(rows), machines, below=self.location().vm_folder)
            found = sorted(path for path in paths if is_meant(name, path))
            if len(found) > 1:
                raise not_one(self._session, "machine", name, found=found, among=[])
            if not found:
                return None
            self._known[name] = paths[found[0]].ref
        return self._known[name]

    def _still_bears(self, name: str) -> bool:
        if name not in self._known:
            return False
        try:
            row = read_shown(self._session, self._known[name], ["name"])
        except vmodl.fault.ManagedObjectNotFound:
            return False
        return row.name == name

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
        """The VM folders by path; the datacenter's own is not one of them."""
        rows = read_all(self._session, {vim.Folder: ("name", "parent")}, below=self.location().vm_folder)
        tree = tree_of(rows)
        return {tree.path(row.ref, below=self.location().vm_folder): row.ref for row in rows}

    def make_folder(self, path: str) -> Any:
        """The VM folder of that path, made if it is missing, its parents too; the datacenter's own for none."""
        there, names, parent = self.folders(), split_path(path), self.location().vm_folder
        for depth in range(1, len(names) + 1):
            found = there.get(join_path(names[:depth]))
            if found is None:
                try:
                    found = parent.CreateFolder(encode_name(names[depth - 1]))
                except vim.fault.DuplicateName as fault:  # made by another run meanwhile
                    found = fault.object
            parent = found
        return parent

    def obstacles(
        self, networks: frozenset[str], templates: frozenset[str], datastore: str, room_bytes: int
    ) -> tuple[str, ...]:
        """Why machines with these needs could not be made now, a sentence each."""
        try:
            wrong = list(read_obstacles(self._session, self.location_on(datastore), room_bytes=room_bytes))
        except OutsideError as error:
            wrong = [f"{error.message} ({error.hint})"]
        known = self.networks()
        for name in sorted(networks):
            try:
                known.need(self._session, name)
            except OutsideError as error:
                wrong.append(f"{error.message} ({error.hint})")
        for name in sorted(templates):
            wrong += self._template_obstacles(name)
        return tuple(wrong)

    def _template_obstacles(self, name: str) -> list[str]:
        try:
            seen = self.machine(name)
        except OutsideError as error:
            return [error.message]
        if seen is None:
            return [f"the vCenter of {self._session.site} has no template named {name!r}"]
        return [] if seen.template else [f"{name} at {self._session.site} is a machine, not a template"]

    def files(self) -> tuple[str, ...]:
        """The folders at the top of the site's datastore, ``[datastore] folder``, in order."""
        browser = self.location().datastore_browser
        top = f"[{self.location().datastore_name}]"
        spec = vim.host.DatastoreBrowser.SearchSpec(query=[vim.host.DatastoreBrowser.FolderQuery()], matchPattern=["*"])
        found = finish(self._session, "list the datastore", browser.SearchDatastore_Task(top, spec))
        return tuple(sorted(f"{top} {file.friendlyName or file.path.rstrip('/')}" for file in found.file))

    def _hypervisors(self) -> dict[Any, str]:
        rows = read_all(self._session, {vim.HostSystem: ("name",)}, below=self.location().cluster)
        return {row.ref: row.name for row in rows}

    def _listed(self, row: Row, tree: Tree, networks: Networks, hypervisors: dict[Any, str]) -> ListedMachine:
        folder = tree.path(row.get("parent"), below=self.location().vm_folder)
        reason = _why_unseen(row)
        if not reason:
            seen = _seen(row, folder, tree, networks)
            return replace(seen, hypervisor=hypervisors.get(row.get("runtime.host"), ""))
        return UnseenMachine(
            name=row.name or str(row.ref._moId),
            moref=row.ref._moId,
            reason=reason,
            instance_uuid=row.get("config.instanceUuid", ""),
            folder=folder,
            mark=row.get("config.annotation", ""),
        )


def _why_unseen(row: Row) -> str:
    """Why nothing that is shown of the machine can be believed now; empty when it can."""
    if row.refused:
        path, fault = next(iter(row.refused.items()))
        return f"the account of the settings may not read it ({path}: {fault})"
    state = str(row.get("runtime.connectionState", "connected"))
    if state != "connected":
        return _STATES.get(state, f"its state is {state}")
    if row.get("config.hardware.numCPU") is None or row.get("config.hardware.memoryMB") is None:
        return "the vCenter shows no configuration of it"
    return ""


def _seen(row: Row, folder: str, tree: Tree, networks: Networks) -> SeenMachine:
    adapters = read_adapters(row, networks)
    vapp = row.get("parentVApp")
    return SeenMachine(
        name=row.name,
        moref=row.ref._moId,
        instance_uuid=row.get("config.instanceUuid", ""),
        folder=folder,
        vcpus=row.get("config.hardware.numCPU"),
        memory_mib=row.get("config.hardware.memoryMB"),
        powered_on=row.get("runtime.powerState") == "poweredOn",
        template=row.get("config.template", False),
        network=adapters[0].network if adapters else "",
        address=choose_address(row, adapters),
        mark=row.get("config.annotation", ""),
        snapshots=tuple(_snapshot(node) for node in flat_snapshots(row)),
        adapters=adapters,
        hardware=read_hardware(row, networks),
        vapp=tree.path(vapp) or str(vapp._moId) if vapp else "",
        consolidation_needed=bool(row.get("runtime.consolidationNeeded", False)),
        datastores=datastores_of(devices_of(row)),
    )


def choose_address(row: Row, adapters: tuple[SeenAdapter, ...]) -> str:
    """An IPv4 address on one of the machine's own adapters; without their details, the guest's if it can be one."""
    if any(nic.ipAddress for nic in row.get("guest.net", [])):
        return next((text for adapter in adapters for text in adapter.addresses if _is_routed(text)), "")
    text = str(row.get("guest.ipAddress", ""))
    inner = _is_routed(text) and any(ipaddress.IPv4Address(text) in network for network in _CONTAINER_NETWORKS)
    return text if _is_routed(text) and not inner else ""


def _is_routed(text: str) -> bool:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return not (address.is_link_local or address.is_loopback or address.is_unspecified or address.is_multicast)


def _snapshot(node: Any) -> SeenSnapshot:
    return SeenSnapshot(name=decode_name(node.name), taken=node.createTime, quiesced=bool(node.quiesced))


def flat_snapshots(row: Row) -> list[Any]:
    """Every node of the machine's snapshot tree (`snapshot.rootSnapshotList`), parents first."""
    waiting = list(row.get("snapshot.rootSnapshotList", []))
    found = []
    while waiting:
        node = waiting.pop(0)
        found.append(node)
        waiting.extend(node.childSnapshotList)
    return found
