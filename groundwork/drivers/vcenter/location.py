"""Where things go in a vCenter: the site's datacenter, cluster, datastore, hypervisors: below that datacenter only."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import Row, read_all, read_one
from groundwork.drivers.vcenter.names import Tree, decode_name, is_meant
from groundwork.drivers.vcenter.protocol import no_room
from groundwork.drivers.vcenter.session import Session
from groundwork.errors import OutsideError

_FOLDERS = ("name", "parent")
_DATASTORE_STATE = ("summary.accessible", "summary.maintenanceMode", "summary.freeSpace", "host")
_HYPERVISOR = ("name", "runtime.connectionState", "runtime.inMaintenanceMode")


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """The site's own datacenter, cluster and datastore, as pyVmomi references; `datastore_name` as paths want it."""

    datacenter: Any
    vm_folder: Any
    network_folder: Any
    datastore_folder: Any
    cluster: Any
    pool: Any
    datastore: Any
    datastore_name: str
    datastore_browser: Any


def read_location(session: Session) -> Location:
    """Find what the estate's site names. Raises OutsideError naming what the vCenter has instead."""
    names = session.location
    own = ("vmFolder", "networkFolder", "hostFolder", "datastoreFolder")
    around = read_all(session, {vim.Folder: _FOLDERS, vim.Datacenter: (*_FOLDERS, *own)})
    datacenters = paths_of(tree_of(around), of_type(around, vim.Datacenter))
    datacenter = only(session, "datacenter", names.datacenter, datacenters)
    inside = read_all(
        session,
        {
            vim.Folder: _FOLDERS,
            vim.ClusterComputeResource: (*_FOLDERS, "resourcePool"),
            vim.Datastore: (*_FOLDERS, "browser"),
        },
        below=datacenter.ref,
    )
    tree = tree_of(inside)
    clusters = paths_of(tree, of_type(inside, vim.ClusterComputeResource), below=datacenter.get("hostFolder"))
    datastores = paths_of(tree, of_type(inside, vim.Datastore), below=datacenter.get("datastoreFolder"))
    cluster = only(session, "cluster", names.cluster, clusters)
    datastore = only(session, "datastore", names.datastore, datastores)
    return Location(
        datacenter=datacenter.ref,
        vm_folder=datacenter.get("vmFolder"),
        network_folder=datacenter.get("networkFolder"),
        datastore_folder=datacenter.get("datastoreFolder"),
        cluster=cluster.ref,
        pool=cluster.get("resourcePool"),
        datastore=datastore.ref,
        datastore_name=str(datastore.get("name")),
        datastore_browser=datastore.get("browser"),
    )


def on_datastore(session: Session, location: Location, name: str) -> Location:
    """The location with another datastore. Raises OutsideError naming those there are."""
    rows = read_all(
        session, {vim.Folder: _FOLDERS, vim.Datastore: (*_FOLDERS, "browser")}, below=location.datastore_folder
    )
    found = only(session, "datastore", name, paths_of(tree_of(rows), of_type(rows, vim.Datastore)))
    browser = found.get("browser")
    return replace(location, datastore=found.ref, datastore_name=str(found.get("name")), datastore_browser=browser)


def read_obstacles(session: Session, location: Location, *, room_bytes: int = 0) -> tuple[str, ...]:
    """Why no machine can be made there now, a sentence each; empty when such as take that much room can."""
    state = read_one(session, location.datastore, _DATASTORE_STATE)
    wrong = []
    if not state.get("summary.accessible", True):
        wrong.append(f"datastore {decode_name(location.datastore_name)} is not accessible")
    if state.get("summary.maintenanceMode", "normal") != "normal":
        wrong.append(f"datastore {decode_name(location.datastore_name)} is in maintenance")
    free = int(state.get("summary.freeSpace", room_bytes))
    if room_bytes and free < room_bytes:
        wrong.append(no_room(decode_name(location.datastore_name), free_bytes=free, room_bytes=room_bytes))
    if not wrong and not ready_hypervisors(session, location, state):
        wrong.append(
            f"no hypervisor of {session.location.cluster} is connected and out of maintenance and has "
            f"{decode_name(location.datastore_name)} mounted"
        )
    return tuple(wrong)


def hypervisor_for(session: Session, location: Location, key: str, *, name: str = "") -> Any:
    """A hypervisor that can take machines now: the one of that name, or the same for the same key, evenly over many.

    Raises OutsideError when there is none.
    """
    state = read_one(session, location.datastore, _DATASTORE_STATE)
    ready = ready_hypervisors(session, location, state)
    obstacles = read_obstacles(session, location)
    if obstacles:
        raise OutsideError(
            f"no machine can be made at {session.site}: {'; '.join(obstacles)}", hint="mend that, then run again"
        )
    if name:
        if name not in ready:
            raise OutsideError(
                f"hypervisor {name} at {session.site} can take no machine now",
                hint="see that it is connected and out of maintenance, or move what must be beside it elsewhere",
            )
        return ready[name]
    return list(ready.values())[zlib.crc32(key.encode()) % len(ready)]


def ready_hypervisors(session: Session, location: Location, datastore: Row | None = None) -> dict[str, Any]:
    """Those of the cluster that are connected, out of maintenance and have the datastore mounted, in order of names."""
    state = datastore or read_one(session, location.datastore, _DATASTORE_STATE)
    mounting = {
        mount.key
        for mount in state.get("host", [])
        if mount.mountInfo.mounted is not False and mount.mountInfo.accessible is not False
    }
    rows = read_all(session, {vim.HostSystem: _HYPERVISOR}, below=location.cluster)
    ready = [row for row in rows if row.ref in mounting and _is_ready(row)]
    return {row.name: row.ref for row in sorted(ready, key=lambda row: row.name)}


def _is_ready(row: Row) -> bool:
    return row.get("runtime.connectionState") == "connected" and not row.get("runtime.inMaintenanceMode", False)


def tree_of(rows: Iterable[Row]) -> Tree:
    """Where the objects of these rows lie; each row has its name and parent."""
    return Tree({row.ref: (row.name or str(row.ref._moId), row.get("parent")) for row in rows})


def of_type(rows: Iterable[Row], kind: type[Any]) -> list[Row]:
    """The rows of one managed type, its subtypes included."""
    return [row for row in rows if isinstance(row.ref, kind)]


def paths_of(tree: Tree, rows: Iterable[Row], *, below: Any = None) -> dict[str, Row]:
    """The rows by their paths."""
    return {tree.path(row.ref, below=below): row for row in rows}


def only(session: Session, sort: str, name: str, among: Mapping[str, Row]) -> Row:
    """The one row of that name or path. Raises OutsideError when there is none, or naming all that there are."""
    found = {path: row for path, row in among.items() if is_meant(name, path)}
    if len(found) == 1:
        return next(iter(found.values()))
    raise not_one(session, sort, name, found=sorted(found), among=sorted(among))


def not_one(session: Session, sort: str, name: str, *, found: list[str], among: list[str]) -> OutsideError:
    """The error for a name that nothing bears, or more than one thing does."""
    if found:
        return OutsideError(
            f"the vCenter of {session.site} has {len(found)} {sort}s named {name!r}: {', '.join(found)}",
            hint=f"write which {sort} is meant with its path (/{name} for the one at the top), or rename all but one",
        )
    some = ", ".join(among[:5])
    return OutsideError(
        f"the vCenter of {session.site} has no {sort} named {name!r}", hint=f"it has {some or 'none at all'}"
    )
