"""The steps of a quarantine."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from groundwork.change.step import Act, Json

_SHOWN, _LETTERS = 3, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineFiles(Act):
    """Moves files out of a site's repository, each once its host has proven again that it is not what it says.

    `found` says of each file, by its path, what was found wrong with it.
    """

    site: str
    number: int
    found: dict[str, str]
    kind: Literal["backup.quarantine-files"] = "backup.quarantine-files"
    acts_on = "{0.site}/repository/quarantine/{0.number}"

    def describe(self) -> str:
        """The files, where they stand, and why they go."""
        shown = "; ".join(f"{path[:_LETTERS]}… ({why})" for path, why in list(self.found.items())[:_SHOWN])
        more = f"; and {len(self.found) - _SHOWN} more" if len(self.found) > _SHOWN else ""
        return f"prove again what stands at {self.site}, and move what is wrong to quarantine: {shown}{more}"

    def undo(self, recorded: Json | None, /) -> "PutBackFiles | None":
        """The files come back, but for those of which it is recorded that they stayed."""
        kept = recorded.get("kept") if isinstance(recorded, dict) else None
        moved = tuple(path for path in self.found if not isinstance(kept, dict) or path not in kept)
        return PutBackFiles(site=self.site, number=self.number, paths=moved) if moved else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBackFiles(Act):
    """Moves files back from this run's quarantine."""

    site: str
    number: int
    paths: tuple[str, ...]
    kind: Literal["backup.put-back-files"] = "backup.put-back-files"
    acts_on = "{0.site}/repository/quarantine/{0.number}"

    def describe(self) -> str:
        """The act and the number of files."""
        return f"put {len(self.paths)} files back into the repository of {self.site}"


QuarantineStep: TypeAlias = QuarantineFiles | PutBackFiles
