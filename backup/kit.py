"""The recovery kit: the estate's files in a tar beside the restore points, so that a survivor knows what is wanted."""

import hashlib
import io
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from groundwork.drivers.repository.protocol import Repository, StoredObject
from groundwork.errors import OutsideError
from groundwork.estate.estate import Estate
from groundwork.estate.load import load_estate

_LARGEST_KIT_BYTES = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """The tar, and the digest of the estate in it."""

    digest: str
    tar: bytes

    def tags(self, city: str) -> tuple[str, ...]:
        """The marks of the kit as stored; by its SHA-256 a kit that was cut off is told from a whole one."""
        return (*_tags(city), f"digest={self.digest}", f"sha256={hashlib.sha256(self.tar).hexdigest()}")


def kit_name(city: str) -> str:
    """Under which name a city's kit is kept."""
    return f"estate/{city}.tar"


def pack_kit(inventory: Path, city: str) -> Kit:
    """The kit of ``inventory/<city>/``: the same files give the same bytes. Raises as load_estate does."""
    folder = inventory / city
    digest = load_estate(inventory, city).digest
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as writing:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                entry = tarfile.TarInfo(str(PurePosixPath(city, *path.relative_to(folder).parts)))
                entry.size, entry.mode = len(content), 0o644
                writing.addfile(entry, io.BytesIO(content))
    return Kit(digest=digest, tar=tar.getvalue())


def find_kit(repository: Repository, city: str, *, digest: str) -> StoredObject | None:
    """The kit of the city's estate of that digest, if the repository holds it whole."""
    kept = repository.list_objects(tags=(*_tags(city), f"digest={digest}"))
    return next((one for one in reversed(kept) if _read(repository, one) is not None), None)


def read_kit(repository: Repository, city: str | None = None) -> bytes:
    """The newest whole kit as a tar. Raises OutsideError when there is none, or when there are several cities'."""
    found = repository.list_objects(tags=_tags(city))
    if len({one.name for one in found}) > 1:
        raise OutsideError("the repository holds the estates of several cities", hint="name the city")
    tar = next((tar for tar in (_read(repository, one) for one in reversed(found)) if tar is not None), None)
    if tar is None:
        raise OutsideError("the repository holds no estate", hint="`inv backup.run` stores it beside the points")
    return tar


def unpack_kit(tar: bytes, into: Path) -> str:
    """Write the kit's files under ``into/<city>/`` and return the city. Raises OutsideError unless all are plain."""
    cities = set()
    with tarfile.open(fileobj=io.BytesIO(tar)) as reading:
        for entry in reading:
            parts = PurePosixPath(entry.name).parts
            if not entry.isfile() or len(parts) < 2 or {"..", "/"} & set(parts):  # noqa: PLR2004 - <city>/<file>
                raise OutsideError(
                    f"the recovery kit holds {entry.name!r}, which is no plain file", hint="do not use it"
                )
            content = reading.extractfile(entry)
            target = into.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read() if content else b"")
            cities.add(parts[0])
    if len(cities) != 1:
        raise OutsideError(f"the recovery kit holds {len(cities)} cities", hint="do not use it")
    return cities.pop()


def read_estate(repository: Repository, city: str | None = None) -> Estate:
    """The estate of the newest kit, loaded and checked like any other: nothing but the repository is read."""
    with tempfile.TemporaryDirectory(prefix="cityops-kit-") as folder:
        inventory = Path(folder)
        return load_estate(inventory, unpack_kit(read_kit(repository, city), inventory))


def _tags(city: str | None) -> tuple[str, ...]:
    return ("sort=estate", f"city={city}") if city else ("sort=estate",)


def _read(repository: Repository, kept: StoredObject) -> bytes | None:
    """The kit's tar, or None when it was cut off: whoever stored it was killed meanwhile."""
    tar = bytearray()
    with repository.open_object(kept.snapshot, kept.name) as pieces:
        for piece in pieces:
            tar += piece
            if len(tar) > _LARGEST_KIT_BYTES:
                return None
    return bytes(tar) if f"sha256={hashlib.sha256(tar).hexdigest()}" in kept.tags else None
