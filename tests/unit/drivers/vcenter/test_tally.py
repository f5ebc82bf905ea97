"""A disk that arrives is whole only when its length, its manifest or its end marker says so."""

import hashlib
from collections.abc import Generator
from types import SimpleNamespace

import pytest

from groundwork.drivers.vcenter.tally import Tally

SECTOR = 512
FOOTER_MARK = bytes([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]).ljust(SECTOR, b"\0")
WHOLE = b"KDMV" + b"grain" * 1000 + FOOTER_MARK + b"KDMV".ljust(SECTOR, b"\1") + bytes(SECTOR)


def _counted(content: bytes, *, announced: bool, piece: int = 700) -> Tally:
    def chunks() -> Generator[bytes, None, bool]:
        for start in range(0, len(content), piece):
            yield content[start : start + piece]
        return announced

    tally = Tally(key="k")
    assert b"".join(tally.count(chunks())) == content
    return tally


def _entry(content: bytes, **changes: object) -> SimpleNamespace:
    said = {"size": len(content), "sha1": hashlib.sha1(content).hexdigest()} | changes  # noqa: S324 - the manifest's
    return SimpleNamespace(**said)


def test_an_end_without_length_is_believed_by_its_end_marker() -> None:
    assert _counted(WHOLE, announced=False).why_not_whole(None) == ""


@pytest.mark.parametrize("cut", [1, SECTOR, 2 * SECTOR, 3 * SECTOR, len(WHOLE) // 2, len(WHOLE) - 4])
def test_an_end_without_length_before_its_marker_is_not_whole(cut: int) -> None:
    assert "without a length, a manifest or an end marker" in _counted(WHOLE[:-cut], announced=False).why_not_whole(
        None
    )


def test_an_end_without_length_is_believed_by_its_manifest() -> None:
    half = WHOLE[:2000]
    assert _counted(half, announced=False).why_not_whole(_entry(half)) == ""
    assert "the manifest says" in _counted(half, announced=True).why_not_whole(_entry(WHOLE))
    other = _entry(half, sha1="00" * 20)
    assert "are not those of the manifest" in _counted(half, announced=True).why_not_whole(other)
    assert _counted(half, announced=True).why_not_whole(_entry(half, sha1="")) == ""


def test_an_announced_end_that_was_reached_is_whole() -> None:
    assert _counted(b"KDMV and anything", announced=True).why_not_whole(None) == ""


def test_what_is_no_disk_at_all_is_not_taken_for_one_however_it_ends() -> None:
    """The stock simulator serves a descriptor's text, with its length, where a disk should come."""
    why = _counted(b"# Disk DescriptorFile", announced=True).why_not_whole(None)
    assert why == "its 21 bytes are no streamOptimized disk"


def test_an_empty_stream_is_not_whole() -> None:
    assert _counted(b"", announced=False).why_not_whole(None) != ""
