"""The estate as its files are now, for a process that runs for months."""

from pathlib import Path
from threading import Lock

from groundwork.estate.estate import Estate
from groundwork.estate.load import load_estate

_Stamp = tuple[tuple[str, int, int], ...]


class FreshEstate:
    """A city's estate, loaded again when one of its files has changed; it may be asked from several threads."""

    def __init__(self, inventory: Path, city: str) -> None:
        self._folder = inventory / city
        self._turn = Lock()
        self._loaded: tuple[_Stamp, Estate] | None = None

    def read(self) -> Estate:
        """The estate. Raises ConfigurationError."""
        with self._turn:
            stamp = self._stamp()
            if self._loaded is None or self._loaded[0] != stamp:
                self._loaded = (stamp, load_estate(self._folder.parent, self._folder.name))
            return self._loaded[1]

    def _stamp(self) -> _Stamp:
        found = ((path.name, path.stat()) for path in sorted(self._folder.glob("*")))
        return tuple((name, seen.st_mtime_ns, seen.st_size) for name, seen in found)
