"""The steps of a quarantine."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

_SHOWN, _LETTERS = 3, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineFiles:
    """Moves files out of a site's repository, each once its host has proven again that it is not what it says.

    `found` says of each file, by its path, what was found wrong with it.
    """

    site: str
    number: int
    found: dict[str, str]
    kind: Literal["backup.quarantine_files"] = "backup.quarantine_files"

    @property
    def target(self) -> str:
        """The files, by the number of their step."""
        return f"{self.site}/repository/quarantine/{self.number}"

    def describe(self) -> str:
        """The files, where they stand, and why they go."""
        shown = "; ".join(f"{path[:_LETTERS]}… ({why})" for path, why in list(self.found.items())[:_SHOWN])
        more = f"; and {len(self.found) - _SHOWN} more" if len(self.found) > _SHOWN else ""
        return f"prove again what stands at {self.site}, and move what is wrong to quarantine: {shown}{more}"

    def undo(self) -> "PutBackFiles":
        """The files come back."""
        return PutBackFiles(site=self.site, number=self.number, paths=tuple(self.found))


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBackFiles:
    """Moves files back from this run's quarantine."""

    site: str
    number: int
    paths: tuple[str, ...]
    kind: Literal["backup.put_back_files"] = "backup.put_back_files"

    @property
    def target(self) -> str:
        """The files, by the number of their step."""
        return f"{self.site}/repository/quarantine/{self.number}"

    def describe(self) -> str:
        """The act and the number of files."""
        return f"put {len(self.paths)} files back into the repository of {self.site}"

    def undo(self) -> None:
        """They can be moved again."""


QuarantineStep: TypeAlias = QuarantineFiles | PutBackFiles
STEP_TYPES = (QuarantineFiles, PutBackFiles)
