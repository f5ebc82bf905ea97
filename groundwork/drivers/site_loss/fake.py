"""Site loss without sites: remembers which are lost, and by whom."""

from dataclasses import dataclass, field

from groundwork.drivers.site_loss.protocol import Loss, refuse_lost_by_another


@dataclass(kw_only=True)
class FakeSiteLoss:
    """Loses and heals by remembering."""

    lost: dict[str, Loss] = field(default_factory=dict)

    def lose(self, site: str, *, by: str) -> None:
        """Remember the site as lost."""
        refuse_lost_by_another(site, self.lost.get(site), by=by)
        self.lost[site] = Loss(by=by)

    def heal(self, site: str, *, by: str | None) -> None:
        """Forget that it was lost."""
        if by is None or self.losses().get(site) == Loss(by=by):
            self.lost.pop(site, None)

    def losses(self) -> dict[str, Loss]:
        """The sites lost now."""
        return dict(sorted(self.lost.items()))
