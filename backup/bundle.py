"""The recovery bundle: the estate's files in a tar beside the restore points, so that a survivor knows what is wanted.

It *is* the estate of a recovery, so the rules of the restore points hold: its manifest is signed, and one that is not,
or does not hold what its manifest says, or is no estate, is passed over with its reason.
"""

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter, ValidationError

from backup.catalogue import Doubt, Trust
from backup.envelope import SIGNED, EnvelopeError, open_tag, seal, write_tag
from backup.plausibility import is_ahead, visible
from groundwork.drivers.repository.protocol import Repository, StoredObject
from groundwork.errors import ConfigurationError, OpsError, OutsideError
from groundwork.estate.estate import Estate
from groundwork.estate.load import load_estate
from groundwork.model.signature import SigningKey

PURPOSE = "recovery bundle 2"
_TAG = "bundle"
_LARGEST_BYTES = 64 << 20  # ten times what an estate of ten thousand machines takes
_MOST_FILES = 2000
_LONGEST_NAME = 200
_MOST_PASSED_OVER = 100
_DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryBundle:
    """The tar, and the digest of the estate in it."""

    digest: str
    tar: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is signed of a bundle; `made` (aware) says which is the newest, whenever it was stored."""

    city: str
    digest: str
    sha256: str
    size_bytes: int
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBundle:
    """A bundle as a repository lists it: its manifest as far as it can be read, its doubt, and the reason."""

    snapshot: str
    name: str
    stored: datetime
    manifest: Manifest | None = None
    doubt: Doubt | None = None
    reason: str = ""

    @property
    def moment(self) -> datetime:
        """When it was made, or else stored, as the repository says."""
        return self.manifest.made if self.manifest else self.stored


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredEstate:
    """The estate of the newest good bundle, when that was made, and what was passed over: (when, why), newest first."""

    estate: Estate
    made: datetime
    passed_over: tuple[tuple[datetime, str], ...] = ()


_MANIFEST = TypeAdapter(Manifest)


def bundle_name(city: str) -> str:
    """Under which name a city's bundle is kept."""
    return f"estate/{city}.tar"


def bundle_tags(bundle: RecoveryBundle, city: str, *, made: datetime, key: SigningKey) -> tuple[str, ...]:
    """The marks of a bundle as stored; one holds its manifest, signed."""
    manifest = Manifest(
        city=city,
        digest=bundle.digest,
        sha256=hashlib.sha256(bundle.tar).hexdigest(),
        size_bytes=len(bundle.tar),
        made=made,
    )
    sealed = seal(PURPOSE, _MANIFEST.dump_python(manifest, mode="json"), key)
    return (*_tags(city), f"digest={bundle.digest}", write_tag(_TAG, sealed))


def pack_bundle(inventory: Path, city: str) -> RecoveryBundle:
    """The bundle of ``inventory/<city>/``: the same files give the same bytes. Raises as load_estate does."""
    folder = inventory / city
    digest = load_estate(inventory, city).digest
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as writing:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                if tar.tell() + path.stat().st_size > _LARGEST_BYTES:
                    raise ConfigurationError(
                        f"{folder} holds more than {_LARGEST_BYTES >> 20} MiB, too much for a recovery bundle",
                        hint="keep there only what is the estate's",
                    )
                content = path.read_bytes()
                entry = tarfile.TarInfo(str(PurePosixPath(city, *path.relative_to(folder).parts)))
                entry.size, entry.mode = len(content), 0o644
                writing.addfile(entry, io.BytesIO(content))
    return RecoveryBundle(digest=digest, tar=tar.getvalue())


def list_bundles(repository: Repository, city: str, trust: Trust) -> tuple[ListedBundle, ...]:
    """Every bundle of the city that the repository says it holds, newest first; nothing of them is read yet."""
    return read_bundles(repository.list_objects(tags=_tags(city)), city, trust)


def read_bundles(objects: Iterable[StoredObject], city: str, trust: Trust) -> tuple[ListedBundle, ...]:
    """The city's bundles among a repository's objects, newest first. Pure."""
    listed = (_listed(one, city, trust) for one in objects if set(_tags(city)) <= set(one.tags))
    return tuple(sorted(listed, key=lambda one: one.moment, reverse=True))


def find_bundle(repository: Repository, city: str, trust: Trust, *, digest: str) -> str:
    """The id of the newest good bundle if it is of this digest and whole, else empty: then one has to be stored."""
    newest = next((one for one in list_bundles(repository, city, trust) if one.doubt is None), None)
    if newest is None or newest.manifest is None or newest.manifest.digest != digest:
        return ""
    try:
        _read(repository, newest.snapshot, newest.name, newest.manifest)
    except OutsideError:
        return ""
    return newest.snapshot


def recover_estate(repository: Repository, city: str, trust: Trust) -> RecoveredEstate:
    """The estate of the newest bundle that is signed, whole and an estate; nothing but the repository is read.

    Raises OutsideError with the reasons when there is none.
    """
    passed_over: list[tuple[datetime, str]] = []
    for listed in list_bundles(repository, city, trust):
        made = listed.moment
        try:
            if listed.doubt is None and listed.manifest is not None:
                tar = _read(repository, listed.snapshot, listed.name, listed.manifest)
                estate = load_bundle(tar, city)
                return RecoveredEstate(estate=estate, made=made, passed_over=tuple(passed_over[:_MOST_PASSED_OVER]))
            passed_over.append((made, f"{listed.doubt}: {listed.reason}"))
        except OpsError as error:
            passed_over.append((made, error.message))
    reasons = "; ".join(f"{made:%Y-%m-%d %H:%M} UTC: {why}" for made, why in passed_over[:5])
    raise OutsideError(
        f"the repository holds no estate of {city} that recovery may use" + (f" ({reasons})" if reasons else ""),
        hint="`inv backup.run` stores one beside the points; signing.signers in the settings says whose count",
    )


def load_bundle(tar: bytes, city: str) -> Estate:
    """The estate in a bundle's tar, checked like any other. Raises OutsideError unless it is that city's, and plain."""
    with tempfile.TemporaryDirectory(prefix="cityops-bundle-") as folder:
        inventory = Path(folder)
        unpack_bundle(tar, city, inventory)
        return load_estate(inventory, city)


def unpack_bundle(tar: bytes, city: str, into: Path) -> None:
    """Write the bundle's files under ``into/<city>/``. Raises OutsideError unless all are plain files of the city."""
    try:
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as reading:
            for parts, content in _plain_files(reading, city):
                target = into.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as file:
                    file.write(content)
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise _bad(f"is no sound tar ({visible(str(error))})") from error


def _plain_files(reading: tarfile.TarFile, city: str) -> Iterator[tuple[tuple[str, ...], bytes]]:
    total = 0
    for number, entry in enumerate(reading):
        parts = PurePosixPath(entry.name).parts
        plain = entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not entry.pax_headers.keys() - {"path"}
        if not plain or not _is_path(entry.name, parts):
            raise _bad(f"holds {visible(entry.name)!r}, which is no plain file")
        if parts[0] != city:
            raise _bad(f"holds files of {visible(parts[0])}, not of {city} alone")
        total += entry.size
        if number >= _MOST_FILES or not entry.size >= 0 or total > _LARGEST_BYTES:
            raise _bad("holds more than an estate does")
        content = reading.extractfile(entry)
        yield parts, content.read() if content else b""


def _is_path(name: str, parts: tuple[str, ...]) -> bool:
    """True for ``<city>/<file>`` and what lies deeper, without anything that leads out."""
    return (
        2 <= len(parts) <= _DEEPEST  # noqa: PLR2004 - <city>/<file>
        and not {"..", "/", "//"} & set(parts)
        and len(name) <= _LONGEST_NAME
        and visible(name, most=_LONGEST_NAME) == name
    )


def _tags(city: str) -> tuple[str, ...]:
    return ("sort=estate", f"city={city}")


def _listed(stored: StoredObject, city: str, trust: Trust) -> ListedBundle:
    listed = ListedBundle(snapshot=stored.snapshot, name=stored.name, stored=stored.taken)
    if not any(tag.startswith(f"{_TAG}=") for tag in stored.tags):
        return _doubted(listed, Doubt.UNSIGNED, "it is of version 1, which bears no signature")
    try:
        opened = open_tag(_TAG, stored.tags)
        if opened.version != SIGNED:
            return _doubted(listed, Doubt.NEWER, f"it is of version {opened.version}")
        manifest = _MANIFEST.validate_python(opened.document)
        ahead = is_ahead(manifest.made, trust.now)
    except (EnvelopeError, ValidationError, TypeError, OverflowError):
        return _doubted(listed, Doubt.UNREADABLE, "its manifest is none of ours")
    if not opened.vouched_by(PURPOSE, trust.signers):
        return _doubted(listed, Doubt.FORGED, "no signer of the settings vouches for it")
    if manifest.city != city or stored.name != bundle_name(city):
        return _doubted(listed, Doubt.IMPOSSIBLE, "its name or its tags are another city's")
    if ahead:
        return _doubted(listed, Doubt.FUTURE, f"it was made at {manifest.made.isoformat()}")
    return replace(listed, manifest=manifest)


def _doubted(listed: ListedBundle, doubt: Doubt, reason: str) -> ListedBundle:
    return replace(listed, doubt=doubt, reason=reason)


def _read(repository: Repository, snapshot: str, name: str, manifest: Manifest) -> bytes:
    """The tar, proven. Raises OutsideError when it is not what its manifest says."""
    with repository.open_object(snapshot, name) as pieces:
        tar = b"".join(_at_most(pieces, manifest.size_bytes))
    if (len(tar), hashlib.sha256(tar).hexdigest()) != (manifest.size_bytes, manifest.sha256):
        raise _bad("is not what its manifest says")
    return tar


def _at_most(pieces: Iterable[bytes], size_bytes: int) -> Iterator[bytes]:
    read = 0
    for piece in pieces:
        read += len(piece)
        if read > min(size_bytes, _LARGEST_BYTES):
            raise _bad("is larger than its manifest says, or than an estate is")
        yield piece


def _bad(what: str) -> OutsideError:
    return OutsideError(f"the recovery bundle {what}", hint="do not use it; find out who stored it")
