"""How an adapter is described to a vCenter: a new one, or what makes the ones there the ones wanted."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.devices import ADAPTERS, cards_of
from groundwork.drivers.vcenter.networks import Networks, PortGroup
from groundwork.drivers.vcenter.session import Session
from groundwork.model.hardware import Adapter

_FIRST_KEY = -200  # negative keys are for devices that do not exist yet
_Change = vim.vm.device.VirtualDeviceSpec
_BY_HAND = ("00:50:56:0", "00:50:56:1", "00:50:56:2", "00:50:56:3")  # VMware's range for addresses given by hand


def render_new_adapters(session: Session, adapters: Sequence[Adapter], networks: Networks) -> list[Any]:
    """What adds these adapters."""
    return [
        _Change(operation="add", device=render_adapter(one, networks.need(session, one.network), number))
        for number, one in enumerate(adapters)
    ]


def render_adapter_changes(
    session: Session, devices: Sequence[Any], adapters: Sequence[Adapter], networks: Networks
) -> list[Any]:
    """What makes the adapters among the devices these: edits where the kind is right, else another one in its place."""
    groups = [networks.need(session, wanted.network) for wanted in adapters]
    changes: list[Any] = []
    for number, (card, wanted, group) in enumerate(zip_longest(cards_of(devices), adapters, groups)):
        changes += _changes(card, wanted, group, number)
    return changes


def _changes(card: Any | None, wanted: Adapter | None, group: PortGroup | None, number: int) -> Iterator[Any]:
    if card is not None and wanted and group and isinstance(card, _kind(wanted)):
        card.backing = group.backing()
        card.connectable = render_connectable(connected=wanted.connected, now=False)
        if wanted.mac:
            card.macAddress, card.addressType = wanted.mac, _address_type(wanted.mac)
        yield _Change(operation="edit", device=card)
        return
    if card is not None:
        yield _Change(operation="remove", device=card)
    if wanted and group:
        yield _Change(operation="add", device=render_adapter(wanted, group, number))


def render_adapter(wanted: Adapter, group: PortGroup, number: int = 0, *, now: bool = False) -> Any:
    """A new adapter; with `now` it is connected at once as it is to be at every start."""
    card = _kind(wanted)(
        key=_FIRST_KEY - number,
        backing=group.backing(),
        addressType=_address_type(wanted.mac),
        connectable=render_connectable(connected=wanted.connected, now=now and wanted.connected),
    )
    if wanted.mac:
        card.macAddress = wanted.mac
    return card


def render_connectable(*, connected: bool, now: bool) -> Any:
    """Plugged in at every start or not, and now."""
    return vim.vm.device.VirtualDevice.ConnectInfo(startConnected=connected, allowGuestControl=True, connected=now)


def _kind(adapter: Adapter) -> Any:
    return ADAPTERS.get(adapter.kind, ADAPTERS["vmxnet3"])


def _address_type(mac: str) -> str:
    """A vCenter takes an address outside the range for addresses given by hand only as one that it assigned itself."""
    if not mac:
        return "generated"
    assigned = mac.startswith("00:50:56:") and not mac.startswith(_BY_HAND)
    return "assigned" if assigned else "manual"
