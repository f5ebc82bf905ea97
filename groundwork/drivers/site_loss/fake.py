"""Site loss without sites: remembers which are lost."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class FakeSiteLoss:
    """Loses and heals by remembering."""

    lost: set[str] = field(default_factory=set)

    def lose(self, site: str) -> None:
        """Remember the site as lost."""
        self.lost.add(site)

    def heal(self, site: str) -> None:
        """Forget that it was lost."""
        self.lost.discard(site)

    def lost_sites(self) -> tuple[str, ...]:
        """The sites lost now."""
        return tuple(sorted(self.lost))
