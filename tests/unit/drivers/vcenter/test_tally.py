"""A disk that arrives is whole only when its length, its manifest or its end marker says so."""

import hashlib
from collections.abc import Generator
from types import SimpleNamespace

import pytest

from groundwork.drivers.vcenter.tally import Tally

SECTOR = 512
FOOTER_MARK = bytes([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]).ljust(SECTOR, b"\0")
WHOLE = b"KDMV" + b"grain" * 1000 + FOOTER_MARK + b"KDMV".ljust(SECTOR, b"\1") + bytes(SECTOR)


def _counted(content: bytes, *, announced: bool, piece: int = 700, sha256: bool = False) -> Tally:
    def chunks() -> Generator[bytes, None, bool]:
        for start in range(0, len(content), piece):
            yield content[start : start + piece]
        return announced

    tally = Tally(key="k", sha256=sha256)
    assert b"".join(tally.count(chunks())) == content
    return tally


def _entry(content: bytes, **changes: object) -> SimpleNamespace:
    sha1 = hashlib.sha1(content).hexdigest()  # noqa: S324 - the manifest's
    said = {"size": len(content), "sha1": sha1, "checksum": None, "checksumType": None} | changes
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


def test_a_manifest_with_sha256_is_held_against_the_disks_own_sum() -> None:
    right = hashlib.sha256(WHOLE).hexdigest()
    tally = _counted(WHOLE, announced=False, sha256=True)
    assert tally.why_not_whole(_entry(WHOLE, sha1="", checksum=right.upper(), checksumType="sha256")) == ""
    wrong = _entry(WHOLE, checksum="00" * 32, checksumType="sha256")
    assert "are not those of the manifest" in tally.why_not_whole(wrong)


def test_a_server_that_keeps_to_sha1_is_held_to_it() -> None:
    wrong = _entry(WHOLE, sha1="00" * 20)
    assert "are not those of the manifest" in _counted(WHOLE, announced=True).why_not_whole(wrong)


@pytest.mark.parametrize("piece", [1, 3, 511, 1535, 1536, 1537, 1 << 20])
def test_the_end_marker_is_found_however_the_stream_is_cut(piece: int) -> None:
    assert _counted(WHOLE, announced=False, piece=piece).why_not_whole(None) == ""


def test_an_announced_end_that_was_reached_is_whole() -> None:
    assert _counted(b"KDMV and anything", announced=True).why_not_whole(None) == ""


def test_what_is_no_disk_at_all_is_not_taken_for_one_however_it_ends() -> None:
    """The stock simulator serves a descriptor's text, with its length, where a disk should come."""
    why = _counted(b"# Disk DescriptorFile", announced=True).why_not_whole(None)
    assert why == "its 21 bytes are no streamOptimized disk"


def test_an_empty_stream_is_not_whole() -> None:
    assert _counted(b"", announced=False).why_not_whole(None) != ""
