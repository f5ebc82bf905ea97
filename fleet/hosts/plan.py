"""Which hosts are configured, in which order and by which play: one host of each role first, then the rest."""

from collections.abc import Sequence
from dataclasses import asdict

from fleet.hosts.model import ConfigureHost, HostDrift
from groundwork.change.codec import fingerprint
from groundwork.change.plan import Plan, Share, Track, Wave
from groundwork.change.rollout import Rollout
from groundwork.model.host import Host
from groundwork.model.lock_path import host_lock

OPERATION = "hosts.apply"


def plan_hosts(
    *, city: str, hosts: Sequence[Host], drifts: Sequence[HostDrift], worker_sites: frozenset[str] = frozenset()
) -> Plan:
    """A step for each host that a check found to differ; a host that could not be checked has none.

    One play configures all hosts of a wave, save those of the sites whose worker does it: it does its own site's alone.
    """
    found = {drift.host: drift for drift in drifts if drift.changes and drift.failure is None}
    busy = [host for host in hosts if host.name in found]
    names = ("canary: one host of each role", "the rest")
    batches = Rollout().batches(busy, _canaries(busy))
    waves = tuple(_wave(name, batch, found, worker_sites) for name, batch in zip(names, batches, strict=False))
    return Plan(
        operation=OPERATION,
        city=city,
        title=f"hosts of {city}: {_title(busy)}",
        basis=fingerprint({"drifts": [asdict(drift) for drift in drifts]}),
        locks=tuple(host_lock(host.site, host.name) for host in busy),
        waves=waves,
    )


def _canaries(busy: Sequence[Host]) -> list[Host]:
    seen: set[str] = set()
    canaries = []
    for host in sorted(busy, key=lambda host: -len(host.roles)):
        if not set(host.roles) <= seen:
            seen.update(host.roles)
            canaries.append(host)
    return [host for host in busy if host in canaries]


def _wave(name: str, hosts: Sequence[Host], found: dict[str, HostDrift], worker_sites: frozenset[str]) -> Wave:
    by_site: dict[str, list[Track]] = {}
    plays: dict[str, tuple[str, ...]] = {}
    for host in hosts:
        whose = _play_of(host, worker_sites)
        plays[whose] = (*plays.get(whose, ()), host.name)
    for host in hosts:
        changes = tuple(change.describe() for change in found[host.name].changes)
        step = ConfigureHost(
            site=host.site, host=host.name, changes=changes, together=plays[_play_of(host, worker_sites)]
        )
        by_site.setdefault(host.site, []).append(Track(name=host.name, steps=(step,)))
    return Wave(name=name, shares=tuple(Share(site=site, tracks=tuple(tracks)) for site, tracks in by_site.items()))


def _play_of(host: Host, worker_sites: frozenset[str]) -> str:
    """The site whose worker plays for the host; empty for the command's own play."""
    return host.site if host.site in worker_sites else ""


def _title(busy: Sequence[Host]) -> str:
    return f"{len(busy) or 'none'} to configure"
