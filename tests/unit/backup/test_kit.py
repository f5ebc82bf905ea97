"""The recovery kit: packed the same each time, read back whole, and nothing but plain files unpacked."""

import io
import tarfile
from pathlib import Path

import pytest

from backup.kit import Kit, find_kit, kit_name, pack_kit, read_estate, read_kit, unpack_kit
from groundwork.drivers.repository.fake import FakeRepository
from groundwork.errors import OutsideError
from groundwork.estate.load import load_estate
from groundwork.shell.clock import SystemClock
from tests.builders.estate_files import write_city


def _repository(*kits: tuple[str, Kit]) -> FakeRepository:
    repository = FakeRepository(clock=SystemClock())
    repository.ensure_initialised()
    for city, kit in kits:
        repository.store(kit_name(city), iter([kit.tar]), tags=kit.tags(city))
    return repository


def _tar(*names: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as writing:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "elsewhere"
            writing.addfile(entry)
    return tar.getvalue()


def test_an_estate_comes_back_from_the_repository_alone(tmp_path: Path) -> None:
    inventory = write_city(tmp_path)
    city = next(path.name for path in inventory.iterdir() if path.is_dir())
    kit = pack_kit(inventory, city)

    assert pack_kit(inventory, city) == kit
    assert read_estate(_repository((city, kit))) == load_estate(inventory, city)


def test_a_kit_that_was_cut_off_is_passed_over() -> None:
    whole, cut = Kit(digest="1", tar=b"whole"), Kit(digest="2", tar=b"cut off here")
    repository = _repository(("taichung", whole))
    repository.store(kit_name("taichung"), iter([cut.tar[:3]]), tags=cut.tags("taichung"))

    assert read_kit(repository) == b"whole"
    assert find_kit(repository, "taichung", digest="2") is None
    assert find_kit(repository, "taichung", digest="1") is not None


def test_a_repository_without_a_kit_or_with_several_cities_says_so() -> None:
    with pytest.raises(OutsideError, match="holds no estate"):
        read_kit(_repository())
    two = _repository(("taichung", Kit(digest="1", tar=b"t")), ("chiayi", Kit(digest="2", tar=b"c")))
    with pytest.raises(OutsideError, match="several cities"):
        read_kit(two)
    assert read_kit(two, "chiayi") == b"c"


@pytest.mark.parametrize("name", ["../outside.yaml", "/etc/passwd", "city/../../outside", "alone.yaml"])
def test_a_name_that_leads_out_of_the_city_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="no plain file"):
        unpack_kit(_tar(name), tmp_path / "into")


def test_a_link_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="no plain file"):
        unpack_kit(_tar("city/link.yaml", kind=tarfile.SYMTYPE), tmp_path)


def test_a_kit_of_two_cities_or_none_is_refused(tmp_path: Path) -> None:
    for tar in (_tar("one/a.yaml", "two/b.yaml"), _tar()):
        with pytest.raises(OutsideError, match="cities"):
            unpack_kit(tar, tmp_path)
