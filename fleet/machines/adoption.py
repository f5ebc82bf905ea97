"""What a vCenter shows as rows of machines.csv: new ones, and what differs from those there are."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from fleet.machines.adopted_networks import UnknownNetwork, VlanDifference, unknown_networks, vlan_differences
from fleet.machines.identity import recognise
from fleet.machines.model import FoundMachine
from fleet.machines.wanted import host_machines, wanted_machines
from groundwork.drivers.vcenter.protocol import SeenVlan
from groundwork.estate.estate import Estate
from groundwork.estate.platform_entries import MachineForm, TemplateForm
from groundwork.estate.revision import Cells, fitting
from groundwork.model.machine import UNASSIGNED
from groundwork.model.mark import read_mark

_LONGEST_NAME = 63
_LEFT_OPEN = ("uuid", "firmware", "guest_type", "controller", "adapters", "network")  # empty: as the vCenter has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A cell of machines.csv that is not what the vCenter shows."""

    machine: str
    column: str
    written: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What an import of one site finds, as its vCenter names it.

    `rows` are the machines that the estate does not list; `fills` what it leaves empty of machines that it lists, and
    `differences` what it says otherwise. `templates` are rows of templates.yaml. `networks` are port groups of these
    machines that no network of the estate stands for; `vlans` are networks whose port group has another VLAN. `unseen`
    are machines that cannot be seen now, with the reason; `absent` the estate's machines that are not shown.
    """

    rows: tuple[Cells, ...]
    fills: dict[str, Cells]
    differences: tuple[Difference, ...]
    templates: tuple[Cells, ...]
    networks: tuple[UnknownNetwork, ...]
    vlans: tuple[VlanDifference, ...]
    unseen: tuple[tuple[str, str], ...]
    absent: tuple[str, ...]


def adopt(estate: Estate, site: str, found: Sequence[FoundMachine], vlans: Mapping[str, SeenVlan]) -> Adoption:
    """Compare a site's machines with the estate's. What a restore or a drill made, and hosts, are not adopted.

    `vlans` are those of its port groups, by the names that the machines' cards have.
    """
    wanted = [machine for machine in wanted_machines(estate) if machine.site == site]
    recognised = recognise(wanted, found)
    hosts = host_machines(estate)
    strangers = [
        one
        for one in recognised.strangers
        if not one.template and not one.unseen and not _is_ours(one) and (site, one.name) not in hosts
    ]
    describe = _Describer(estate, site)
    shown = [(machine.name, recognised.found[machine.name]) for machine in wanted if machine.name in recognised.found]
    listed = [(name, one) for name, one in shown if not one.unseen and not one.template]
    return Adoption(
        rows=tuple(describe.row(one) for one in strangers),
        fills={name: cells for name, one in listed if (cells := describe.fills(name, one))},
        differences=tuple(difference for name, one in listed for difference in describe.differences(name, one)),
        templates=tuple(describe.templates(recognised.strangers)),
        networks=unknown_networks(estate, site, [*strangers, *(one for _, one in listed)], vlans),
        vlans=vlan_differences(estate, site, vlans),
        unseen=tuple((one.name, one.unseen) for one in found if one.unseen),
        absent=tuple(
            machine.name
            for machine in wanted
            if machine.name not in recognised.found and machine.name not in recognised.ambiguous
        ),
    )


class _Describer:
    """Writes what a vCenter shows in the estate's words; each new name, address and identity is given once."""

    def __init__(self, estate: Estate, site: str) -> None:
        self._estate = estate
        self._site = site
        self._names = {*estate.machines, *estate.templates}
        self._uuids = {machine.uuid for machine in estate.machines.values()}
        self._addresses = {machine.address for machine in estate.machines.values()}
        self._macs = {card.mac: one.name for one in estate.machines.values() for card in one.adapters if card.mac}
        self._networks = {
            network.port_group_path: network for network in estate.networks.values() if network.site == site
        }

    def row(self, found: FoundMachine) -> Cells:
        """A machine that the estate does not list; nobody has decided yet whose it is."""
        name = self._new_name(found)
        cells = {
            "site": self._site,
            "agency": UNASSIGNED,
            "service": UNASSIGNED,
            "role": "application",
            "backup_policy": UNASSIGNED,
            **self._described(name, found),
            **self._address(found),
            "vcenter_name": found.name if found.name != name else "",
        }
        if cells["uuid"] in self._uuids:
            cells["uuid"] = ""
        self._uuids.add(cells["uuid"])
        self._macs = {card.mac: name for card in found.cards} | self._macs
        return {"name": name, **fitting(MachineForm, cells)}

    def fills(self, name: str, found: FoundMachine) -> Cells:
        """The identity of a machine that the estate lists, and its network, where their cells are empty."""
        machine = self._estate.machines[name]
        cells = {} if machine.uuid or found.uuid in self._uuids else {"uuid": found.uuid}
        if not machine.network:
            cells |= {**self._cards(name, found), **self._address(found)}
        return fitting(MachineForm, cells)

    def differences(self, name: str, found: FoundMachine) -> Iterable[Difference]:
        """Where a machine that the estate lists is another than it says; what it leaves open does not differ."""
        machine = self._estate.machines[name]
        for column, shown in fitting(MachineForm, self._described(name, found)).items():
            written = _written(getattr(machine, column))
            if written != shown and (written or column not in _LEFT_OPEN):
                yield Difference(machine=name, column=column, written=written, shown=shown)
        if found.name != machine.name_at_vcenter:
            yield Difference(machine=name, column="vcenter_name", written=machine.name_at_vcenter, shown=found.name)

    def templates(self, found: Iterable[FoundMachine]) -> Iterable[Cells]:
        """The templates that the estate does not list at this site."""
        known = {one.name_at_vcenter for one in self._estate.templates.values() if self._site in one.sites}
        for one in found:
            if one.template and not one.unseen and one.name not in known:
                name = self._new_name(one)
                described = self._described(name, one)
                cells = {key: described[key] for key in TemplateForm.model_fields if key in described}
                cells["vcenter_name"] = one.name if one.name != name else ""
                yield {"name": name, **fitting(TemplateForm, cells)}

    def _described(self, name: str, found: FoundMachine) -> Cells:
        return {
            "vcpus": str(found.vcpus),
            "memory_mib": str(found.memory_mib),
            "disk_gib": str(found.disk_gib or 1),
            "powered_on": "true" if found.powered_on else "false",
            "uuid": found.uuid,
            "folder": found.folder,
            "firmware": found.firmware,
            "guest_type": found.guest_type,
            "controller": found.controller,
            **self._cards(name, found),
        }

    def _cards(self, name: str, found: FoundMachine) -> Cells:
        """The network of the first card and all cards, where the estate knows each; a MAC is one machine's."""
        known = [(self._networks.get(card.network), card.mac) for card in found.cards]
        networks = [(network.name, mac) for network, mac in known if network]
        if not networks or len(networks) < len(found.cards):
            return {}
        adapters = " ".join(
            f"{network}/{mac}" if mac and self._macs.get(mac, name) == name else network for network, mac in networks
        )
        return {"network": networks[0][0], "adapters": adapters}

    def _address(self, found: FoundMachine) -> Cells:
        network = self._networks.get(found.cards[0].network) if found.cards and self._cards("", found) else None
        free = found.address not in self._addresses
        if network is None or not found.address or not free or not _is_in(network.cidr, found.address):
            return {}
        self._addresses.add(found.address)
        return {"address": found.address}

    def _new_name(self, found: FoundMachine) -> str:
        """The vCenter's name in the letters that the estate has; each once."""
        plain = unicodedata.normalize("NFKD", found.name).encode("ascii", "ignore").decode().lower()
        stem = re.sub("[^a-z0-9]+", "-", plain).strip("-")[: _LONGEST_NAME - 4].strip("-")
        stem = stem or f"machine-{re.sub('[^a-z0-9]', '', found.uuid)[-8:] or 'unnamed'}"
        name, number = stem, 2
        while name in self._names:
            name, number = f"{stem}-{number}", number + 1
        self._names.add(name)
        return name


def _written(value: object) -> str:
    """A machine's field as its cell has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(f"{card.network}/{card.mac}" if card.mac else card.network for card in value)
    return str(value or "")


def _is_in(cidr: IPv4Network, address: str) -> bool:
    """Whether it is one of the network's own addresses for a machine."""
    try:
        parsed = IPv4Address(address)
    except ValueError:
        return False
    return parsed in cidr and parsed not in (cidr.network_address, cidr.broadcast_address)


def _is_ours(found: FoundMachine) -> bool:
    mark = read_mark(found.annotation)
    return mark is not None and mark.sort in ("restored", "drill")
