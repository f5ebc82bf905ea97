"""Adding, connecting and removing a machine's network adapters while it runs; each is known by its MAC."""

from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.adapter_spec import render_adapter, render_connectable
from groundwork.drivers.vcenter.bulk_read import read_one
from groundwork.drivers.vcenter.devices import cards_of, devices_of, read_adapters
from groundwork.drivers.vcenter.inventory import Inventory
from groundwork.drivers.vcenter.protocol import SeenAdapter
from groundwork.drivers.vcenter.session import Session
from groundwork.drivers.vcenter.tasks import finish
from groundwork.errors import OutsideError
from groundwork.model.hardware import Adapter

_Change = vim.vm.device.VirtualDeviceSpec


class Adapters:
    """Changes the adapters of one vCenter's machines."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory

    def add(self, machine: str, *, network: str, mac: str, connected: bool) -> SeenAdapter:
        """Add an adapter with that MAC; one that has it already is put into the network and state wanted."""
        group = self._inventory.networks().need(self._session, network)
        card = self._find(machine, mac)
        if card is None:
            wanted = Adapter(network=group.label, mac=mac.lower(), connected=connected)
            card = render_adapter(wanted, group, now=True)
            self._change(machine, _Change(operation="add", device=card))
        elif (self._seen(machine, mac).network, bool(card.connectable.connected)) != (group.label, connected):
            card.backing = group.backing()
            self._set_connected(machine, card, connected=connected)
        return self._seen(machine, mac)

    def connect(self, machine: str, *, mac: str, connected: bool) -> None:
        """Plug the adapter in or out, now and for every start."""
        card = self._find(machine, mac)
        if card is None:
            raise OutsideError(
                f"{machine} at {self._session.site} has no adapter with the MAC {mac}",
                hint="it was removed meanwhile: plan again",
            )
        if card.connectable is None or bool(card.connectable.connected) != connected:
            self._set_connected(machine, card, connected=connected)

    def remove(self, machine: str, *, mac: str) -> bool:
        """Remove the adapter with that MAC and no other; False when there was none."""
        card = self._find(machine, mac)
        if card is not None:
            self._change(machine, _Change(operation="remove", device=card))
        return card is not None

    def _set_connected(self, machine: str, card: Any, *, connected: bool) -> None:
        card.connectable = render_connectable(connected=connected, now=connected)
        self._change(machine, _Change(operation="edit", device=card))

    def _change(self, machine: str, change: Any) -> None:
        task = self._inventory.need(machine).ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[change]))
        finish(self._session, f"change the adapters of {machine}", task)

    def _find(self, machine: str, mac: str) -> Any | None:
        row = read_one(self._session, self._inventory.need(machine), ["config.hardware.device"])
        return next(
            (card for card in cards_of(devices_of(row)) if (card.macAddress or "").lower() == mac.lower()), None
        )

    def _seen(self, machine: str, mac: str) -> SeenAdapter:
        row = read_one(self._session, self._inventory.need(machine), ["config.hardware.device", "guest.net"])
        found = [one for one in read_adapters(row, self._inventory.networks()) if one.mac == mac.lower()]
        if not found:
            raise OutsideError(
                f"{machine} at {self._session.site} shows no adapter with the MAC {mac} after it was added",
                hint="look at the machine in the vCenter, then run again",
            )
        return found[0]
