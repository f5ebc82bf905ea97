"""The recovery bundle: packed the same each time, signed, read back whole; any other is passed over with its reason."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backup.bundle import (
    RecoveryBundle,
    bundle_name,
    bundle_tags,
    find_bundle,
    list_bundles,
    pack_bundle,
    recover_estate,
    unpack_bundle,
)
from groundwork.drivers.repository.fake import FakeRepository
from groundwork.errors import OutsideError
from groundwork.estate.load import load_estate
from groundwork.model.signature import SigningKey
from groundwork.shell.clock import SystemClock
from tests.builders.estate_files import write_city
from tests.builders.signing import KEY, STRANGER, trust

MADE = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
NOW = MADE + timedelta(days=1)


def _repository() -> FakeRepository:
    repository = FakeRepository(clock=SystemClock())
    repository.ensure_initialised()
    return repository


def _store(
    repository: FakeRepository, city: str, bundle: RecoveryBundle, *, made: datetime = MADE, key: SigningKey = KEY
) -> None:
    repository.store(bundle_name(city), iter([bundle.tar]), tags=bundle_tags(bundle, city, made=made, key=key))


def _tar(*names: str, kind: bytes = tarfile.REGTYPE, content: bytes = b"") -> bytes:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as writing:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.size = kind, "elsewhere", len(content)
            writing.addfile(entry, io.BytesIO(content))
    return tar.getvalue()


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    return write_city(tmp_path)


@pytest.fixture
def city(inventory: Path) -> str:
    return next(path.name for path in inventory.iterdir() if path.is_dir())


def test_an_estate_comes_back_from_the_repository_alone(inventory: Path, city: str) -> None:
    bundle = pack_bundle(inventory, city)
    repository = _repository()
    _store(repository, city, bundle)

    recovered = recover_estate(repository, city, trust(NOW))

    assert pack_bundle(inventory, city) == bundle
    assert recovered.estate == load_estate(inventory, city)
    assert (recovered.made, recovered.passed_over) == (MADE, ())


def _forged(repository: FakeRepository, city: str, bundle: RecoveryBundle) -> None:
    _store(repository, city, bundle, made=MADE + timedelta(hours=1), key=STRANGER)


def _unsigned(repository: FakeRepository, city: str, bundle: RecoveryBundle) -> None:
    whole = f"sha256={hashlib.sha256(bundle.tar).hexdigest()}"
    tags = ("sort=estate", f"city={city}", f"digest={bundle.digest}", whole)
    repository.store(bundle_name(city), iter([bundle.tar]), tags=tags)


def _of_the_future(repository: FakeRepository, city: str, bundle: RecoveryBundle) -> None:
    _store(repository, city, bundle, made=NOW + timedelta(days=1))


def _without_zone(repository: FakeRepository, city: str, bundle: RecoveryBundle) -> None:
    _store(repository, city, bundle, made=datetime(2026, 11, 21, 12, 0))  # noqa: DTZ001 - that is the case


def _cut_off(repository: FakeRepository, city: str, bundle: RecoveryBundle) -> None:
    tags = bundle_tags(bundle, city, made=MADE + timedelta(hours=1), key=KEY)
    repository.store(bundle_name(city), iter([bundle.tar[:-700]]), tags=tags)


def _no_estate(repository: FakeRepository, city: str, bundle: RecoveryBundle) -> None:
    del bundle
    tar = _tar(f"{city}/city.yaml", content=b"unknown_field: 1\n")
    _store(repository, city, RecoveryBundle(digest="2", tar=tar), made=MADE + timedelta(hours=1))


def _senseless(repository: FakeRepository, city: str, bundle: RecoveryBundle) -> None:
    tags = ("sort=estate", f"city={city}", "bundle=é")
    repository.store(bundle_name(city), iter([bundle.tar]), tags=tags)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_forged, "not ours: no signer"),
        (_unsigned, "unsigned: it is of version 1"),
        (_of_the_future, "future: "),
        (_without_zone, "unreadable: "),
        (_cut_off, "not what its manifest says"),
        (_no_estate, "estate"),
        (_senseless, "unreadable: "),
    ],
)
def test_a_bundle_that_is_no_good_is_passed_over_with_its_reason(
    spoil: Callable[[FakeRepository, str, RecoveryBundle], None], why: str, inventory: Path, city: str
) -> None:
    bundle = pack_bundle(inventory, city)
    repository = _repository()
    _store(repository, city, bundle)
    spoil(repository, city, bundle)

    recovered = recover_estate(repository, city, trust(NOW))

    assert recovered.estate == load_estate(inventory, city)
    assert [why in reason for _, reason in recovered.passed_over] == [True]


def test_the_newest_is_reported_by_what_is_signed_and_not_by_when_it_was_stored(inventory: Path, city: str) -> None:
    repository = _repository()
    new, old = pack_bundle(inventory, city), RecoveryBundle(digest="old", tar=_tar(f"{city}/city.yaml"))
    _store(repository, city, new)
    _store(repository, city, old, made=MADE - timedelta(days=1))

    assert recover_estate(repository, city, trust(NOW)).made == MADE
    assert find_bundle(repository, city, trust(NOW), digest=new.digest) != ""
    assert find_bundle(repository, city, trust(NOW), digest="old") == ""


def test_without_a_good_bundle_the_reasons_are_said(inventory: Path, city: str) -> None:
    repository = _repository()
    with pytest.raises(OutsideError, match="holds no estate of"):
        recover_estate(repository, city, trust(NOW))
    _forged(repository, city, pack_bundle(inventory, city))
    with pytest.raises(OutsideError, match="not ours"):
        recover_estate(repository, city, trust(NOW))
    assert list_bundles(repository, "elsewhere", trust(NOW)) == ()


@pytest.mark.parametrize(
    "name", ["../outside.yaml", "/etc/passwd", "city/../../outside", "alone.yaml", "city/a\x1b[2J", f"city/{'a' * 300}"]
)
def test_a_name_that_leads_out_of_the_city_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="no plain file"):
        unpack_bundle(_tar(name), "city", tmp_path / "into")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_what_is_no_plain_file_is_refused(kind: bytes, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="no plain file"):
        unpack_bundle(_tar("city/odd", kind=kind), "city", tmp_path)


def test_another_citys_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="not of one alone"):
        unpack_bundle(_tar("one/a.yaml", "two/b.yaml"), "one", tmp_path)


def test_what_is_no_tar_or_a_packed_one_or_bears_a_name_twice_is_refused(tmp_path: Path) -> None:
    for tar in (b"no tar at all", gzip.compress(_tar("city/a")), _tar("city/a", "city/a"), _tar("city/a", "city/a/b")):
        with pytest.raises(OutsideError, match="no sound tar"):
            unpack_bundle(tar, "city", tmp_path / str(len(tar)))


def test_a_sparse_file_of_an_absurd_size_is_refused_unread(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("city/big")
    entry.size = 1 << 50
    with pytest.raises(OutsideError, match="more than an estate"):
        unpack_bundle(entry.tobuf(tarfile.GNU_FORMAT) + bytes(1024), "city", tmp_path)
