"""What a drill needs to lose a site, and to have it back."""

from typing import Protocol


class SiteLoss(Protocol):
    """Loses and heals sites. In the lab it cuts and stops them; for a real city a person does, and probes confirm."""

    def lose(self, site: str) -> None:
        """Cut the site off and stop what runs there; returns once it is seen to be unreachable."""

    def heal(self, site: str) -> None:
        """Have the site back; returns once it is seen to be reachable. Nothing to do for a site that is not lost."""

    def lost_sites(self) -> tuple[str, ...]:
        """The sites that are lost now, in order."""
