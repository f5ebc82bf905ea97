"""Table of contents: every command, by the name under which it is typed."""

from commands import backup, dev, dhcp, drill, estate, exporters, firewall, hosts, lab, machines, runs, worker
from commands.approvals import plan
from commands.demo import run_demo
from commands.options import CityCollection
from commands.test import run_suite

namespace = CityCollection(
    run_demo, run_suite, estate, machines, hosts, dhcp, firewall, backup, drill, plan, exporters, runs, worker, dev, lab
)
