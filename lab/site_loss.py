"""Losing a site of the lab: its link goes down, and everything that runs in its namespaces stands still."""

import signal
from collections.abc import Iterator

from groundwork.errors import OutsideError, UsageError
from groundwork.shell.clock import Clock
from groundwork.shell.command import CommandRunner
from lab.layout import Layout, SiteLayout, prober_prefix
from lab.namespace import list_namespaces
from lab.network import is_linked, link_site, unlink_site
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

    def lose(self, site: str) -> None:
        """Take the link down and stop every process of the site; returns once all of them stand still."""
        wanted = self._site(site)
        unlink_site(wanted, self._commands)
        deadline = self._clock.monotonic() + _SECONDS
        while moving := [pid for pid in self._pids(wanted) if state_of(pid) not in _STOPPED]:
            send(moving, signal.SIGSTOP)
            if self._clock.monotonic() > deadline:
                raise OutsideError(
                    f"processes {moving} of site {site} do not stop", hint=f"try again: inv lab.cut {site}"
                )
            self._clock.sleep(_PAUSE_SECONDS)

    def heal(self, site: str) -> None:
        """Let every process of the site go on, and take its link up again."""
        wanted = self._site(site)
        if self._is_lost(wanted):
            send(self._pids(wanted), signal.SIGCONT)
            link_site(self._layout, wanted, self._commands)

    def lost_sites(self) -> tuple[str, ...]:
        """The sites whose link is down, in order."""
        return tuple(sorted(site.name for site in self._layout.sites.values() if self._is_lost(site)))

    def _is_lost(self, site: SiteLayout) -> bool:
        return not is_linked(site, self._commands)

    def _site(self, name: str) -> SiteLayout:
        if name not in self._layout.sites:
            raise UsageError(f"the lab has no site named {name!r}", hint=f"it has {', '.join(self._layout.sites)}")
        return self._layout.sites[name]

    def _pids(self, site: SiteLayout) -> Iterator[int]:
        for namespace in namespaces_of(site):
            yield from pids_in(namespace, self._commands)


def namespaces_of(site: SiteLayout) -> tuple[str, ...]:
    """The site's namespaces that there are now: its router's, its parts', and those of probers."""
    probers = list_namespaces(prober_prefix(site))
    return (site.namespace, *(leg.namespace for leg in site.legs), *probers)
