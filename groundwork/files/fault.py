"""A fault of a file: where it is, what is wrong, what to do."""

from dataclasses import dataclass

from groundwork.files.unseen import printable


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """One thing wrong with a file; `line` counts from 1, 0 is the file as a whole."""

    file: str
    line: int
    what: str
    what_to_do: str

    @property
    def where(self) -> str:
        """``file:line``, or the file alone."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        """One line: ``file:line: what; what to do``."""
        return printable(f"{self.where}: {self.what}; {self.what_to_do}")
