"""Where a ledger is: a SQLite file in the state folder, or a PostgreSQL database by URL."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLocation:
    """`state` is the folder of the SQLite file and of this machine's locks; `url` is PostgreSQL's, empty for SQLite."""

    state: Path
    url: str = field(default="", repr=False)

    @property
    def is_shared(self) -> bool:
        """True when processes on several machines reach the ledger: PostgreSQL."""
        return bool(self.url)

    @property
    def database_url(self) -> str:
        """The ledger as SQLAlchemy names it."""
        return self.url or f"sqlite:///{self.file}"

    @property
    def file(self) -> Path:
        """The SQLite file; it is there once a run was started."""
        return self.state / "ledger.sqlite"

    @property
    def locks(self) -> Path:
        """The folder of this machine's lock files."""
        return self.state / "locks"
