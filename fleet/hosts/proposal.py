"""What is asked about service hosts, what a check of them finds, and the plan that is decided on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from fleet.hosts.apply import see_hosts
from fleet.hosts.model import HostDrift
from fleet.hosts.plan import OPERATION, plan_hosts
from groundwork.change.operation import Propose, Say
from groundwork.change.plan import Plan, Unread
from groundwork.drivers.playbook.protocol import Playbooks
from groundwork.errors import OutsideError
from groundwork.estate.estate import Estate
from groundwork.estate.selection import parse_selection, selectable_host
from groundwork.model.host import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class HostsRequest:
    """The hosts that the words select (none: all), and whether each change is said with what it would change."""

    only: tuple[str, ...] = ()
    diff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSources:
    """Where hosts are seen; `ready` raises OpsError when something that their plays need is missing.

    `worker_sites` are the sites whose hosts their own worker configures.
    """

    estate: Callable[[], Estate]
    playbooks: Callable[[], Playbooks]
    ready: Callable[[], None]
    worker_sites: frozenset[str] = frozenset()


def hosts_proposals(sources: HostSources) -> Mapping[str, Propose]:
    """How `hosts.apply` is proposed."""
    return {OPERATION: partial(propose_hosts, sources)}


def propose_hosts(sources: HostSources, request: HostsRequest, say: Say) -> Plan:
    """The plan that makes the hosts what the estate says; one that does not answer is left out, and in `unread`."""
    estate = sources.estate()
    hosts = meant_hosts(estate, request.only)
    sources.ready()
    say(f"asking {len(hosts)} hosts what they lack")
    drifts = see_hosts(sources.playbooks(), hosts)
    if request.diff:
        for drift in drifts:
            for change in drift.changes:
                say(f"\n{drift.host}: {change.describe()}\n{change.diff}")
    unread = tuple(_unread(drift) for drift in drifts if drift.failure)
    left_out = {one.source for one in unread}
    seen = tuple(host for host in hosts if host.name not in left_out)
    known = tuple(drift for drift in drifts if drift.host not in left_out)
    plan = plan_hosts(city=estate.city, hosts=seen, drifts=known, worker_sites=sources.worker_sites)
    return replace(plan, unread=unread)


def meant_hosts(estate: Estate, only: tuple[str, ...]) -> tuple[Host, ...]:
    """The hosts that the words select, all without a word. Raises UsageError for a word that selects none."""
    things = {host.name: selectable_host(host) for host in estate.hosts.values()}
    selection = parse_selection(only, things.values(), what="host")
    return tuple(host for host in estate.hosts.values() if selection.matches(things[host.name]))


def _unread(drift: HostDrift) -> Unread:
    """A host that nobody could ask: reported, and left out, for the plan would read as if nothing were to do there."""
    hint = "see that it is up and can be reached, or leave it out with --only"
    if not drift.unreachable:
        hint = "mend what the task says, or leave the host out with --only"
    return Unread(source=drift.host, message=str(drift.failure), hint=hint, exit_code=OutsideError.exit_code)
