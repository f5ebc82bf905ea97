"""Playbooks without Ansible: hosts that lack what they are made to lack, until a play is applied to them."""

from dataclasses import dataclass, field, replace

from groundwork.drivers.playbook.protocol import HostChange, PlayReport, unknown_host


@dataclass(slots=True, kw_only=True)
class FakePlaybooks:
    """Keeps for each host the changes that a play would make.

    `stubborn` hosts show the same changes after a play as before it; `failing` fail, `unreachable` are silent.
    `applied` are the hosts that plays were applied to, in order, and `plays` those of each.
    """

    lacking: dict[str, tuple[HostChange, ...]]
    failing: dict[str, str] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    stubborn: set[str] = field(default_factory=set)
    applied: list[str] = field(default_factory=list)
    plays: list[tuple[str, ...]] = field(default_factory=list)

    def check(self, playbook: str, *, hosts: tuple[str, ...]) -> tuple[PlayReport, ...]:
        """What would change, one report for each host."""
        return tuple(self._report(playbook, host) for host in hosts)

    def apply(self, playbook: str, *, hosts: tuple[str, ...]) -> tuple[PlayReport, ...]:
        """Take away what the hosts lack: one report for each host."""
        self.plays.append(hosts)
        reports = []
        for report in self.check(playbook, hosts=hosts):
            self.applied.append(report.host)
            if report.failure is None and report.host not in self.stubborn:
                self.lacking[report.host] = ()
            left = self.lacking.get(report.host, ()) if report.failure is None else ()
            reports.append(replace(report, remaining=left))
        return tuple(reports)

    def _report(self, playbook: str, host: str) -> PlayReport:
        if host not in self.lacking:
            return unknown_host(playbook, host)
        if host in self.unreachable:
            return PlayReport(host=host, changes=(), failure="the host does not answer", unreachable=True)
        if host in self.failing:
            return PlayReport(host=host, changes=(), failure=self.failing[host])
        return PlayReport(host=host, changes=self.lacking[host])
