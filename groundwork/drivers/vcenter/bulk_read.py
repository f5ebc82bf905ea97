"""Reading many properties of many objects in few round trips, leaf paths only."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pyVmomi import vim, vmodl

from groundwork.drivers.vcenter.errors import SessionLostError
from groundwork.drivers.vcenter.names import decode_name
from groundwork.drivers.vcenter.session import Session
from groundwork.errors import OutsideError

_PAGE = 250  # objects a page: a page stays far below the time limit of a call (reference/vsphere.md, 7540)
_Collector = vmodl.query.PropertyCollector


@dataclass(frozen=True, slots=True)
class Row:
    """One object and those of its properties that are set; `refused` are paths that could not be read, and why."""

    ref: Any
    values: Mapping[str, Any]
    refused: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, default: Any = None) -> Any:
        """The property, or the default where it is unset."""
        value = self.values.get(path)
        return default if value is None else value

    @property
    def name(self) -> str:
        """Its name, decoded; empty where it is not readable."""
        return decode_name(str(self.get("name", "")))


def read_all(session: Session, wanted: Mapping[type[Any], Sequence[str]], *, below: Any = None) -> tuple[Row, ...]:
    """The wanted leaf paths of every object of the wanted types `below` a folder or datacenter (default: the root).

    A collector and a view of its own, both destroyed afterwards: shared ones are not safe, left ones fill vCenter.
    """
    content = session.content
    with _destroyed(
        content.viewManager.CreateContainerView(below or content.rootFolder, list(wanted), recursive=True)
    ) as view:
        seen_through = _Collector.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
        start = _Collector.ObjectSpec(obj=view, skip=True, selectSet=[seen_through])
        return _retrieve(session, [start], wanted)


def read_shown(session: Session, ref: Any, paths: Sequence[str]) -> Row:
    """The leaf paths of one object, as far as they are readable. Raises vmodl ManagedObjectNotFound."""
    start = _Collector.ObjectSpec(obj=ref, skip=False)
    return _retrieve(session, [start], {type(ref): paths})[0]


def read_one(session: Session, ref: Any, paths: Sequence[str]) -> Row:
    """As `read_shown`, for acting on it. Raises OutsideError when one of the paths is not readable."""
    row = read_shown(session, ref, paths)
    for path, why in row.refused.items():
        raise OutsideError(
            f"the vCenter of {session.site} does not show {path} of {ref._moId}: {why}",
            hint="give the account of the settings the right to read it (System.View, System.Read)",
        )
    return row


def _retrieve(session: Session, starts: list[Any], wanted: Mapping[type[Any], Sequence[str]]) -> tuple[Row, ...]:
    specs = [_Collector.PropertySpec(type=kind, all=False, pathSet=list(paths)) for kind, paths in wanted.items()]
    rows: list[Row] = []
    with _destroyed(session.content.propertyCollector.CreatePropertyCollector()) as collector:
        page = collector.RetrievePropertiesEx(
            specSet=[_Collector.FilterSpec(objectSet=starts, propSet=specs)],
            options=_Collector.RetrieveOptions(maxObjects=_PAGE),
        )
        while page:
            rows.extend(_row(session, item) for item in page.objects)
            page = collector.ContinueRetrievePropertiesEx(token=page.token) if page.token else None
    return tuple(rows)


def _row(session: Session, item: Any) -> Row:
    refused = {}
    for missing in item.missingSet:
        if isinstance(missing.fault, vim.fault.NotAuthenticated):
            raise SessionLostError(f"the vCenter of {session.site} ended the session", hint="run again")
        refused[str(missing.path)] = type(missing.fault).__name__.rpartition(".")[2]
    return Row(item.obj, {found.name: found.val for found in item.propSet}, refused)


@contextmanager
def _destroyed(helper: Any) -> Iterator[Any]:
    try:
        yield helper
    finally:
        helper.Destroy()
