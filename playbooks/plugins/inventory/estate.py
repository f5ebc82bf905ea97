"""Ansible's inventory as cityops derives it from the estate: hosts with their variables, groups with their hosts."""

import json

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin

DOCUMENTATION = """
name: estate
short_description: Hosts, groups and variables, none of whose values is a template
description:
  - Takes what cityops derived from the city's estate and settings, as it is.
options:
  plugin:
    description: Always C(estate).
    required: true
    choices: [estate]
  hosts:
    description: Every host with its variables.
    type: dict
    required: true
  groups:
    description: Every group with its hosts.
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
        """Fill Ansible's inventory."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        # What stands in a source is trusted to be a template; a copy is not, and a password with {{ in it is none.
        hosts, groups = json.loads(json.dumps([self.get_option("hosts"), self.get_option("groups")]))
        for host, variables in hosts.items():
            inventory.add_host(host)
            for name, value in variables.items():
                inventory.set_variable(host, name, value)
        for group, members in groups.items():
            inventory.add_group(group)
            for host in members:
                inventory.add_child(group, host)
