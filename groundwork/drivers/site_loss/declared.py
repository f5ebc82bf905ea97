"""The site loss of a real city: a person cuts the site and heals it; this driver only confirms, by probing."""

from collections.abc import Callable, Mapping

from groundwork.errors import RefusedError
from groundwork.shell.clock import Clock

_PATIENCE_SECONDS = 600.0
_PAUSE_SECONDS = 5.0


class DeclaredSiteLoss:
    """Waits until what a person declared can be seen; `doors` are each site's addresses and ports."""

    def __init__(
        self, *, doors: Mapping[str, tuple[tuple[str, int], ...]], reaches: Callable[[str, int], bool], clock: Clock
    ) -> None:
        self._doors = doors
        self._reaches = reaches
        self._clock = clock

    def lose(self, site: str) -> None:
        """Return once nothing of the site answers. Raises RefusedError when it still does after ten minutes."""
        self._wait_until(site, answers=False)

    def heal(self, site: str) -> None:
        """Return once all of the site answers again. Raises RefusedError when it does not within ten minutes."""
        self._wait_until(site, answers=True)

    def lost_sites(self) -> tuple[str, ...]:
        """The sites of which nothing answers now."""
        return tuple(site for site in sorted(self._doors) if not any(self._look(site)))

    def _look(self, site: str) -> list[bool]:
        return [self._reaches(address, port) for address, port in self._doors[site]]

    def _wait_until(self, site: str, *, answers: bool) -> None:
        deadline = self._clock.monotonic() + _PATIENCE_SECONDS
        while not all(seen == answers for seen in self._look(site)):
            if self._clock.monotonic() > deadline:
                raise RefusedError(
                    f"site {site} {'does not answer yet' if answers else 'still answers'} after ten minutes",
                    hint=f"{'bring its link and machines back' if answers else 'cut its link'}, then resume the run",
                )
            self._clock.sleep(_PAUSE_SECONDS)
