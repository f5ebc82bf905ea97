"""Service hosts: what Ansible would change on them, and changing it."""

from commands.command import CHANGE, PLAN, Asked, command
from commands.conduct import conduct


@command(*PLAN, "only", help={"diff": "show what each change would change, on standard error"})
def plan(asked: Asked, *, diff: bool = False) -> None:
    """Show what the hosts lack, as Ansible's check mode sees it; nothing is touched.

    Ends with 2 when there is something to do, 5 when a host does not answer.

    Example: inv hosts.plan --only repository --diff
    """
    from fleet.hosts.proposal import HostsRequest

    request = HostsRequest(only=asked.names, diff=diff)
    conduct(asked, "hosts.apply", request)


@command(*CHANGE, "only")
def apply(asked: Asked) -> None:
    """Make the hosts what the estate says: one host of each role first, then the rest, each checked afterwards.

    Example: inv hosts.apply --live --reason "new rules for alerts"
    """
    from fleet.hosts.proposal import HostsRequest

    request = HostsRequest(only=asked.names)
    conduct(asked, "hosts.apply", request)
