"""Which hosts are configured and in which order: one host of each role first, then the rest."""

from collections.abc import Sequence
from dataclasses import asdict

from fleet.hosts.model import ConfigureHost, HostDrift
from groundwork.change.codec import fingerprint
from groundwork.change.plan import Plan, Share, Track, Wave
from groundwork.model.host import Host

OPERATION = "hosts.apply"


def plan_hosts(*, city: str, hosts: Sequence[Host], drifts: Sequence[HostDrift]) -> Plan:
    """A step for each host that a check found to differ; a host the check could not tell about has none."""
    found = {drift.host: drift for drift in drifts if drift.changes and drift.failure is None}
    busy = [host for host in hosts if host.name in found]
    canaries = _canaries(busy)
    waves = (
        _wave("canary: one host of each role", canaries, found),
        _wave("the rest", [host for host in busy if host not in canaries], found),
    )
    return Plan(
        operation=OPERATION,
        city=city,
        title=f"hosts of {city}: {_title(busy)}",
        basis=fingerprint({"drifts": [asdict(drift) for drift in drifts]}),
        locks=tuple(f"host/{host.name}" for host in busy),
        waves=tuple(wave for wave in waves if wave.shares),
    )


def _canaries(busy: Sequence[Host]) -> list[Host]:
    seen: set[str] = set()
    canaries = []
    for host in sorted(busy, key=lambda host: -len(host.roles)):
        if not set(host.roles) <= seen:
            seen.update(host.roles)
            canaries.append(host)
    return [host for host in busy if host in canaries]


def _wave(name: str, hosts: Sequence[Host], found: dict[str, HostDrift]) -> Wave:
    by_site: dict[str, list[Track]] = {}
    for host in hosts:
        changes = tuple(change.describe() for change in found[host.name].changes)
        step = ConfigureHost(site=host.site, host=host.name, changes=changes)
        by_site.setdefault(host.site, []).append(Track(name=host.name, steps=(step,)))
    return Wave(name=name, shares=tuple(Share(site=site, tracks=tuple(tracks)) for site, tracks in by_site.items()))


def _title(busy: Sequence[Host]) -> str:
    return f"{len(busy) or 'none'} to configure"
