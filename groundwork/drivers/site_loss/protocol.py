"""What a drill needs to lose a site, to see that it stays lost, and to have it back."""

from dataclasses import dataclass
from typing import Protocol

from groundwork.errors import RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A site that is lost now: `by` is the run (or the person's command) that lost it, empty where nobody said so.

    `gap` says in words for how long nobody watched that it stayed lost, empty where that is known without a gap.
    """

    by: str
    gap: str = ""


class SiteLoss(Protocol):
    """Loses and heals sites: a simulated city cuts and stops them; for a real one a person does, and probes confirm."""

    def lose(self, site: str, *, by: str) -> None:
        """Cut the site off and stop what runs there, in the name of `by`; returns once it is seen to be unreachable.

        Called again by the same `by` it goes on where it was. Raises RefusedError for a site that another lost.
        """

    def heal(self, site: str, *, by: str | None) -> None:
        """Have the site back; returns once it is seen to be reachable.

        Nothing to do for a site that is not lost, nor for one that another than `by` lost; None heals any.
        """

    def losses(self) -> dict[str, Loss]:
        """The sites that are lost now, in order."""


def refuse_lost_by_another(site: str, loss: Loss | None, *, by: str) -> None:
    """Raise RefusedError when the site is lost already, and not in the name of `by`."""
    if loss is not None and loss.by != by:
        raise RefusedError(
            f"site {site} is lost already, by {loss.by or 'somebody unknown'}",
            hint="finish, resume or cancel that run, or heal the site, before it is lost again",
        )
