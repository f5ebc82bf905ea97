"""The site loss of a real city: a person cuts the site and heals it; this driver only confirms, by probing."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from groundwork.drivers.site_loss.protocol import Loss, refuse_lost_by_another
from groundwork.errors import RefusedError
from groundwork.shell.clock import Clock

Endpoint = tuple[str, int]

_PATIENCE_SECONDS = 600.0
_PAUSE_SECONDS = 5.0
_LONGEST_GAP = timedelta(seconds=60)  # between two readings: a site healed and lost again by hand takes longer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """What is kept of a declared loss: who asked for it, and when it was last seen to stand (ISO 8601)."""

    by: str
    seen: str
    gap: str = ""


class DeclaredSiteLoss:
    """Waits until what a person declared can be seen; `endpoints` are each site's addresses and ports.

    The token of a loss is a file below `folder`, which every reading renews; one that comes too late leaves the gap in
    it for good, for a site may have been back meanwhile.
    """

    def __init__(
        self,
        *,
        endpoints: Mapping[str, tuple[Endpoint, ...]],
        reaches: Callable[[str, int], bool],
        clock: Clock,
        folder: Path,
    ) -> None:
        self._endpoints = endpoints
        self._reaches = reaches
        self._clock = clock
        self._folder = folder

    def lose(self, site: str, *, by: str) -> None:
        """Return once nothing of the site answers. Raises RefusedError when it still does after ten minutes."""
        token = self._token(site)
        if token is not None and not any(self._answers(site)):
            refuse_lost_by_another(site, Loss(by=token.by), by=by)
            return
        self._wait_until(site, answers=False)
        self._keep(site, _Token(by=by, seen=self._clock.now().isoformat()))

    def heal(self, site: str, *, by: str | None) -> None:
        """Return once all of the site answers again. Raises RefusedError when it does not within ten minutes."""
        token = self._token(site)
        if by is not None and token is not None and token.by != by:
            return
        self._wait_until(site, answers=True)
        self._file(site).unlink(missing_ok=True)

    def losses(self) -> dict[str, Loss]:
        """The sites of which nothing answers now."""
        return {site: self._loss(site) for site in sorted(self._endpoints) if not any(self._answers(site))}

    def _loss(self, site: str) -> Loss:
        token = self._token(site)
        if token is None:
            return Loss(by="")
        now, seen = self._clock.now(), datetime.fromisoformat(token.seen)
        late = now - seen > _LONGEST_GAP
        gap = f"{_moment(seen)} to {_moment(now)}" if late and not token.gap else token.gap
        self._keep(site, _Token(by=token.by, seen=now.isoformat(), gap=gap))
        return Loss(by=token.by, gap=gap)

    def _answers(self, site: str) -> list[bool]:
        endpoints = self._endpoints[site]
        with ThreadPoolExecutor(max(1, len(endpoints))) as pool:
            return list(pool.map(lambda endpoint: self._reaches(*endpoint), endpoints))

    def _wait_until(self, site: str, *, answers: bool) -> None:
        deadline = self._clock.monotonic() + _PATIENCE_SECONDS
        while not all(seen == answers for seen in self._answers(site)):
            if self._clock.monotonic() > deadline:
                raise RefusedError(
                    f"site {site} {'does not answer yet' if answers else 'still answers'} after ten minutes",
                    hint=f"{'bring its link and machines back' if answers else 'cut its link'}, then try again",
                )
            self._clock.sleep(_PAUSE_SECONDS)

    def _file(self, site: str) -> Path:
        return self._folder / f"{site}.json"

    def _token(self, site: str) -> _Token | None:
        with suppress(OSError, ValueError, TypeError):
            token = _Token(**json.loads(self._file(site).read_text(encoding="utf-8")))
            return token if datetime.fromisoformat(token.seen).tzinfo else None
        return None

    def _keep(self, site: str, token: _Token) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._file(site).with_suffix(".new")
        new.write_text(json.dumps(asdict(token)), encoding="utf-8")
        new.replace(self._file(site))


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
