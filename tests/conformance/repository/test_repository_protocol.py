"""What every repository keeps: the fake, a restic folder, and a restic server that only appends."""

import base64
import hashlib
import http.client
import shutil
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path

import pytest

from groundwork.drivers.repository.fake import FakeRepository
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.repository.restic import ResticLocation, ResticRepository
from groundwork.errors import OpsError, OutsideError
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands

from .rest_server import served_append_only

HOSTILE = "p@/:w %x\"'$(id)#?&\\`"
MIB = 1 << 20
DISK = b"".join(hashlib.sha512(number.to_bytes(4)).digest() for number in range(20_000))
RIGHT = "right"
BOTH = ("fake", "folder", "server")


def _folder(folder: Path, *, key: str = HOSTILE) -> ResticRepository:
    return ResticRepository(ResticLocation(site="central", url=str(folder), key=key), commands=LocalCommands())


@contextmanager
def _opened(sort: str, folder: Path) -> Iterator[Repository]:
    """A repository of the sort over the folder, which may hold one already."""
    if sort == "fake":
        yield FakeRepository(clock=SystemClock())
    elif shutil.which("restic") is None:
        pytest.skip("restic is not installed")
    elif sort == "folder":
        yield _folder(folder)
    else:
        with served_append_only(folder, password=HOSTILE, key=HOSTILE) as location:
            yield ResticRepository(location, commands=LocalCommands())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository folder just made; making one costs restic a second, so tests copy it."""
    folder = tmp_path_factory.mktemp("made") / "repository"
    if shutil.which("restic"):
        _folder(folder).ensure_initialised()
    return folder


@pytest.fixture(params=BOTH)
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Repository]:
    with _opened(request.param, tmp_path / "repository") as repository:
        yield repository


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    if not made.exists():
        pytest.skip("restic is not installed")
    return Path(shutil.copytree(made, tmp_path / "repository"))


@pytest.fixture(params=BOTH)
def repository(request: pytest.FixtureRequest, made: Path, tmp_path: Path) -> Iterator[Repository]:
    location = tmp_path / "repository"
    if made.exists():
        shutil.copytree(made, location)
    with _opened(request.param, location) as repository:
        if request.param == "fake":
            repository.ensure_initialised()
        yield repository


def _broken(good: bytes) -> Iterator[bytes]:
    yield good
    raise OutsideError("the disk's stream broke", hint="try again")


def _read(repository: Repository, snapshot: str, name: str) -> list[bytes]:
    with repository.open_object(snapshot, name) as pieces:
        return list(pieces)


def test_a_repository_is_made_once_and_keeps_its_identity(blank: Repository) -> None:
    assert blank.identity() is None
    with pytest.raises(OutsideError, match="no repository yet"):
        blank.list_objects()

    blank.ensure_initialised()
    first = blank.identity()
    blank.ensure_initialised()

    assert first is not None
    assert blank.identity() == first


def test_what_was_stored_comes_back_whole_in_pieces_of_at_most_a_mebibyte(repository: Repository) -> None:
    receipt = repository.store("web-01/disk-0.vmdk", iter([DISK[:10], DISK[10:]]), tags=("machine=web-01", "sort=disk"))
    pieces = _read(repository, receipt.snapshot, "web-01/disk-0.vmdk")

    assert b"".join(pieces) == DISK
    assert max(map(len, pieces)) <= MIB
    assert (receipt.size_bytes, receipt.sha256) == (len(DISK), hashlib.sha256(DISK).hexdigest())


def test_objects_are_found_by_all_their_tags_oldest_first(repository: Repository) -> None:
    first = repository.store("web-01/point.json", iter([b"1"]), tags=("machine=web-01", "sort=point"))
    repository.store("db-01/point.json", iter([b"2"]), tags=("machine=db-01", "sort=point"))
    last = repository.store("web-01/point.json", iter([b"3"]), tags=("machine=web-01", "sort=point"))

    found = repository.list_objects(tags=("machine=web-01", "sort=point"))

    assert all(len(one.snapshot) == 64 for one in found)
    assert found[0].snapshot.startswith(first.snapshot)
    assert found[1].snapshot.startswith(last.snapshot)
    assert {one.name for one in found} == {"web-01/point.json"}
    assert set(found[0].tags) == {"machine=web-01", "sort=point"}
    assert len(repository.list_objects()) == 3
    assert repository.list_objects(tags=("machine=none",)) == ()


def test_a_stream_that_breaks_leaves_nothing_stored_and_its_error_goes_on(repository: Repository) -> None:
    with pytest.raises(OutsideError, match="stream broke"):
        repository.store("web-01/disk-0.vmdk", _broken(b"half" * 100_000), tags=("machine=web-01",))

    assert repository.list_objects() == ()


def test_leaving_a_read_early_ends_it(repository: Repository) -> None:
    receipt = repository.store("a/disk-0.vmdk", iter([bytes(8 * MIB)]), tags=())

    with repository.open_object(receipt.snapshot, "a/disk-0.vmdk") as pieces:
        assert next(pieces)


def test_reading_what_is_not_there_says_so(repository: Repository) -> None:
    receipt = repository.store("a/disk-0.vmdk", iter([b"x"]), tags=())

    with pytest.raises(OutsideError):
        _read(repository, receipt.snapshot, "b/disk-0.vmdk")
    with pytest.raises(OutsideError):
        _read(repository, "0" * 64, "a/disk-0.vmdk")


def test_an_empty_stream_is_refused(repository: Repository) -> None:
    with pytest.raises(OutsideError, match="nothing to store"):
        repository.store("a/empty", iter([]), tags=("sort=x",))

    assert repository.list_objects() == ()


def test_a_sound_repository_has_nothing_wrong_with_it(repository: Repository) -> None:
    repository.store("a/disk-0.vmdk", iter([b"x" * 1000]), tags=())

    assert repository.check() == ()


def test_a_damaged_object_raises_while_it_is_read() -> None:
    repository = FakeRepository(clock=SystemClock())
    repository.ensure_initialised()
    receipt = repository.store("a/disk-0.vmdk", iter([b"x" * 1000]), tags=())
    repository.damage(receipt.snapshot)

    with pytest.raises(OutsideError, match="damaged"):
        _read(repository, receipt.snapshot, "a/disk-0.vmdk")


def test_a_damaged_pack_raises_while_it_is_read_and_names_the_way_out(folder: Path) -> None:
    repository = _folder(folder)
    receipt = repository.store("a/disk-0.vmdk", iter([DISK]), tags=())
    _spoil_largest(folder / "data")

    with pytest.raises(OpsError) as caught:
        _read(repository, receipt.snapshot, "a/disk-0.vmdk")

    assert "damaged" in caught.value.message
    assert "another site's copy" in caught.value.hint


def test_a_lost_pack_is_reported_by_the_check(folder: Path) -> None:
    repository = _folder(folder)
    repository.store("a/disk-0.vmdk", iter([DISK]), tags=())
    _largest(folder / "data").unlink()

    assert any("not" in line for line in repository.check())


def test_a_wrong_key_is_reported_without_the_key(folder: Path) -> None:
    with pytest.raises(OpsError) as caught:
        _folder(folder, key="hunter2-wrong").list_objects()

    assert "key does not open it" in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_a_wrong_server_password_is_reported_without_the_password(folder: Path) -> None:
    with served_append_only(folder, password=RIGHT, key=HOSTILE) as location:
        wrong = ResticLocation(
            site="central",
            url=location.url,
            key=location.key,
            username="cityops",
            password=HOSTILE,
            ca_file=location.ca_file,
        )
        with pytest.raises(OpsError) as caught:
            ResticRepository(wrong, commands=LocalCommands()).list_objects()

    assert "refuses the user name or password" in caught.value.message
    assert all(secret not in caught.value.message for secret in wrong.secrets())


def test_a_server_of_another_authority_is_refused(folder: Path) -> None:
    with served_append_only(folder, password=RIGHT, key=HOSTILE) as location:
        stranger = ResticLocation(
            site="central", url=location.url, key=location.key, username="cityops", password=RIGHT
        )
        with pytest.raises(OutsideError, match="certificate is not the city's"):
            ResticRepository(stranger, commands=LocalCommands()).identity()


def test_an_append_only_server_refuses_to_forget(folder: Path) -> None:
    _folder(folder).store("a/disk-0.vmdk", iter([b"x"]), tags=())
    snapshot = _folder(folder).list_objects()[0].snapshot
    with served_append_only(folder, password=RIGHT, key=HOSTILE) as location, closing(_road_to(location)) as road:
        login = base64.b64encode(f"cityops:{RIGHT}".encode()).decode()
        road.request("DELETE", f"/snapshots/{snapshot}", headers={"Authorization": f"Basic {login}"})

        with road.getresponse() as answer:
            assert answer.status == HTTPStatus.FORBIDDEN
    assert (folder / "snapshots" / snapshot).exists()


def _road_to(location: ResticLocation) -> http.client.HTTPSConnection:
    trusted = ssl.create_default_context(cafile=location.ca_file)
    return http.client.HTTPSConnection(location.url.split("/")[2], context=trusted, timeout=10)


def _spoil_largest(packs: Path) -> None:
    pack = _largest(packs)
    content = bytearray(pack.read_bytes())
    content[len(content) // 3] ^= 0xFF
    pack.chmod(0o600)
    pack.write_bytes(content)


def _largest(packs: Path) -> Path:
    return max((path for path in packs.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
