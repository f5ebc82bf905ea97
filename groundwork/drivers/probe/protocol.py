"""What cityops needs of a prober: a place in the network from which services are looked at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from groundwork.model.service import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What one look showed; `seen` is a short extract for the record, `canary` the newest canary time found (UTC)."""

    ok: bool
    seen: str
    canary: datetime | None = None


class Prober(Protocol):
    """Looks from one place; a failed look is a result, not an error."""

    def look(self, probe: Probe, *, address: str) -> ProbeResult:
        """One look at the machine at `address`."""

    def reaches(self, address: str, port: int) -> bool:
        """True when a TCP connection to the address and port opens, or is refused by the far side, within 2 s."""


class ProberPlace(Protocol):
    """Puts probers into networks."""

    def attach(self, *, site: str, network: str, gateways: tuple[str, ...], name: str) -> Prober:
        """A prober named `name` whose only leg is in the site's `network`.

        It bears the `gateways`' addresses (``10.0.0.1/24``), so that machines of several networks find each other in a
        bubble as they do in production. One of that name that exists already is used again.
        """

    def detach(self, *, site: str, name: str) -> None:
        """Remove the prober; nothing to do when there is none."""

    def list_probers(self, *, site: str) -> tuple[str, ...]:
        """The names of the probers that stand at the site."""
