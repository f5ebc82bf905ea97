"""The role `prober`: the program with which drills look at an isolated network, serving nobody."""

from groundwork.drivers.playbook.role import HostRole

PROBER = HostRole(name="prober")
