"""Ansible's inventory as the estate gives it: hosts, a group per site and per role, and what the roles need to know."""

import json
from ipaddress import IPv4Network
from pathlib import Path

from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin

from groundwork.drivers.playbook.inventory import Inventory, derive_inventory
from groundwork.errors import OpsError
from groundwork.estate.load import load_estate

DOCUMENTATION = """
name: estate
short_description: Hosts, groups and variables from the city's estate
description:
  - Reads inventory/<city>/ the way every command of cityops does.
options:
  plugin:
    description: Always C(estate).
    required: true
    choices: [estate]
  inventory:
    description: The folder that holds one folder per city.
    type: path
    required: true
  city:
    description: The city's name.
    type: str
    required: true
  operator_networks:
    description: The IPv4 networks that commands come from; they reach every port that a role serves.
    type: list
    elements: str
    default: []
  variables:
    description: What else the roles need to know, by host; C(all) is for every host.
    type: dict
    default: {}
"""


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]  # Ansible ships no types
    """What Ansible asks an inventory plugin for."""

    NAME = "estate"

    def verify_file(self, path: str) -> bool:
        """True for a YAML file; that it names this plugin is seen when it is read."""
        return path.endswith((".yaml", ".yml"))

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:  # noqa: FBT001, FBT002 - Ansible's
        """Fill Ansible's inventory from the estate."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        try:
            estate = load_estate(Path(self.get_option("inventory")), self.get_option("city"))
            operators = [IPv4Network(network) for network in self.get_option("operator_networks")]
            found = derive_inventory(estate, operators=operators)
        except OpsError as error:
            raise AnsibleParserError(f"{error.message}: {error.hint}") from error
        self._fill(found)

    def _fill(self, found: Inventory) -> None:
        # What stands in a source is trusted to be a template; a copy is not, and a password with {{ in it is none.
        more = json.loads(json.dumps(self.get_option("variables")))
        for host, variables in found.hosts.items():
            self.inventory.add_host(host)
            for name, value in {**variables, **more.get("all", {}), **more.get(host, {})}.items():
                self.inventory.set_variable(host, name, value)
        for group, hosts in found.groups.items():
            self.inventory.add_group(group)
            for host in hosts:
                self.inventory.add_child(group, host)
