"""Where things go in a vCenter: its datacenter, pool, datastore, hypervisors, networks and folders by name."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import Row, read_all
from groundwork.drivers.vcenter.session import Session
from groundwork.errors import OutsideError


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The site's own datacenter, cluster and datastore, as pyVmomi references; hypervisors that can take machines."""

    datacenter: Any
    vm_folder: Any
    network_folder: Any
    pool: Any
    datastore: Any
    datastore_browser: Any
    hypervisors: tuple[Any, ...]

    def hypervisor_for(self, key: str) -> Any:
        """One of them, the same for the same key, evenly over many keys."""
        return self.hypervisors[zlib.crc32(key.encode()) % len(self.hypervisors)]


def read_place(session: Session) -> Place:
    """Find what the estate's site names. Raises OutsideError naming what the vCenter has instead."""
    names = session.place
    rows = read_all(
        session,
        {
            vim.Datacenter: ("name", "vmFolder", "networkFolder"),
            vim.ClusterComputeResource: ("name", "resourcePool", "host"),
            vim.Datastore: ("name", "browser"),
            vim.HostSystem: ("name", "runtime.connectionState", "runtime.inMaintenanceMode"),
        },
    )
    datacenter = named(session, "datacenter", names.datacenter, of_type(rows, vim.Datacenter))
    cluster = named(session, "cluster", names.cluster, of_type(rows, vim.ClusterComputeResource))
    datastore = named(session, "datastore", names.datastore, of_type(rows, vim.Datastore))
    ready = [row for row in of_type(rows, vim.HostSystem) if row.ref in cluster.get("host", []) and _ready(row)]
    if not ready:
        raise OutsideError(
            f"no hypervisor of {names.cluster} at {session.site} is connected and out of maintenance",
            hint="bring one back, then run again",
        )
    return Place(
        datacenter=datacenter.ref,
        vm_folder=datacenter.get("vmFolder"),
        network_folder=datacenter.get("networkFolder"),
        pool=cluster.get("resourcePool"),
        datastore=datastore.ref,
        datastore_browser=datastore.get("browser"),
        hypervisors=tuple(row.ref for row in sorted(ready, key=_name)),
    )


def of_type(rows: Iterable[Row], kind: type[Any]) -> list[Row]:
    """The rows of one managed type, its subtypes included."""
    return [row for row in rows if isinstance(row.ref, kind)]


def named(session: Session, sort: str, name: str, rows: Iterable[Row]) -> Row:
    """The one row of that name. Raises OutsideError when there is none, or more than one."""
    among = list(rows)
    found = [row for row in among if row.get("name") == name]
    if len(found) == 1:
        return found[0]
    some = ", ".join(sorted(_name(row) for row in among)[:5])
    raise OutsideError(
        f"the vCenter of {session.site} has {len(found) or 'no'} {sort}{'s' if found else ''} named {name!r}",
        hint="rename all but one of them, then run again" if found else f"it has {some or 'none at all'}",
    )


def _ready(row: Row) -> bool:
    return row.get("runtime.connectionState") == "connected" and not row.get("runtime.inMaintenanceMode", False)


def _name(row: Row) -> str:
    return str(row.get("name", ""))
