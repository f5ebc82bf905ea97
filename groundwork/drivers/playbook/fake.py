"""Playbooks without Ansible: hosts that lack what they are told to lack, until a play is applied to them."""

from dataclasses import dataclass, field

from groundwork.drivers.playbook.protocol import HostChange, PlayReport
from groundwork.errors import ConfigurationError


@dataclass(slots=True, kw_only=True)
class FakePlaybooks:
    """Keeps for each host the changes that a play would make.

    `stubborn` hosts show the same changes after a play as before it; `failing` fail, `unreachable` are silent.
    """

    lacking: dict[str, tuple[HostChange, ...]]
    failing: dict[str, str] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    stubborn: set[str] = field(default_factory=set)
    applied: list[str] = field(default_factory=list)

    def check(self, playbook: str, *, hosts: tuple[str, ...]) -> tuple[PlayReport, ...]:
        """What would change; see Playbooks."""
        return tuple(self._report(playbook, host) for host in hosts)

    def apply(self, playbook: str, *, hosts: tuple[str, ...]) -> tuple[PlayReport, ...]:
        """Take away what the hosts lack; see Playbooks."""
        reports = self.check(playbook, hosts=hosts)
        for report in reports:
            self.applied.append(report.host)
            if report.failure is None and report.host not in self.stubborn:
                self.lacking[report.host] = ()
        return reports

    def _report(self, playbook: str, host: str) -> PlayReport:
        if host not in self.lacking:
            raise ConfigurationError(
                f"no play of {playbook} has a host named {host}", hint="see the estate's hosts and their roles"
            )
        if host in self.unreachable:
            return PlayReport(host=host, changes=(), failure="the host does not answer", unreachable=True)
        if host in self.failing:
            return PlayReport(host=host, changes=(), failure=self.failing[host])
        return PlayReport(host=host, changes=self.lacking[host])
