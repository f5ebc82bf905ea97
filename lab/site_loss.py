"""Losing a site of the lab: its link goes down, and everything that runs in its namespaces stands still."""

import signal
from collections.abc import Iterator

from groundwork.drivers.site_loss.protocol import Loss, refuse_lost_by_another
from groundwork.errors import OutsideError, UsageError
from groundwork.shell.clock import Clock
from groundwork.shell.command import CommandRunner
from lab.host import pids_in_cgroup
from lab.layout import Layout, SiteLayout
from lab.network import link_site, lost_by_of, unlink_site
from lab.program import pids_in, send, state_of

_SECONDS = 20.0
_PAUSE_SECONDS = 0.05
_STOPPED = {"T", "t", "Z", ""}  # of ps(1)'s letters; a dead process does nothing either


class LabSiteLoss:
    """A SiteLoss whose sites are namespaces of this machine."""

    def __init__(self, layout: Layout, *, commands: CommandRunner, clock: Clock) -> None:
        self._layout = layout
        self._commands = commands
        self._clock = clock

    def lose(self, site: str, *, by: str) -> None:
        """Take the link down and stop every process of the site; returns once all of them stand still."""
        wanted = self._site(site)
        refuse_lost_by_another(site, self.losses().get(site), by=by)
        unlink_site(wanted, self._commands, by=by)
        deadline = self._clock.monotonic() + _SECONDS
        while moving := [pid for pid in self._pids(wanted) if state_of(pid) not in _STOPPED]:
            send(moving, signal.SIGSTOP)
            if self._clock.monotonic() > deadline:
                raise OutsideError(
                    f"processes {moving} of site {site} do not stop", hint=f"try again: inv lab.cut {site}"
                )
            self._clock.sleep(_PAUSE_SECONDS)

    def heal(self, site: str, *, by: str | None) -> None:
        """Let every process of the site go on, and take its link up again."""
        wanted = self._site(site)
        loss = self.losses().get(site)
        if loss is not None and by in {None, loss.by}:
            send(self._pids(wanted), signal.SIGCONT)
            link_site(self._layout, wanted, self._commands)

    def losses(self) -> dict[str, Loss]:
        """The sites whose link is down, in order; whoever took it down left a name, which no link that is up bears."""
        lost_by = {name: lost_by_of(site, self._commands) for name, site in sorted(self._layout.sites.items())}
        return {name: Loss(by=by) for name, by in lost_by.items() if by is not None}

    def _site(self, name: str) -> SiteLayout:
        if name not in self._layout.sites:
            raise UsageError(f"the lab has no site named {name!r}", hint=f"it has {', '.join(self._layout.sites)}")
        return self._layout.sites[name]

    def _pids(self, site: SiteLayout) -> Iterator[int]:
        for namespace in namespaces_of(site):
            yield from pids_in(namespace, self._commands)
        for leg in site.hosts.values():  # what a host runs in a namespace of its own is in its control group alone
            yield from pids_in_cgroup(leg.namespace)


def namespaces_of(site: SiteLayout) -> tuple[str, ...]:
    """The site's namespaces: its router's, and its parts'."""
    return (site.namespace, *(leg.namespace for leg in site.legs))
