"""What labs share is published whole or not at all."""

from pathlib import Path

import pytest

from groundwork.errors import UsageError
from lab.cache import cached, digest_of, exclusive
from lab.folders import LabFolders
from lab.purge import purge_cache


def fill(folder: Path) -> None:
    (folder / "thing").write_text("whole", encoding="utf-8")


def fail(folder: Path) -> None:
    (folder / "thing").write_text("half", encoding="utf-8")
    message = "killed half-way"
    raise RuntimeError(message)


def test_a_thing_is_made_once(tmp_path: Path) -> None:
    reported: list[str] = []
    for _ in range(2):
        folder = cached(tmp_path, "base", "abc", fill, lambda: reported.append("making"))
    assert folder == tmp_path / "base-abc"
    assert reported == ["making"]


def test_what_was_left_half_way_is_made_anew(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        cached(tmp_path, "base", "abc", fail, lambda: None)
    assert not (tmp_path / "base-abc").exists()
    folder = cached(tmp_path, "base", "abc", fill, lambda: None)
    assert (folder / "thing").read_text(encoding="utf-8") == "whole"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["base-abc"]


def test_a_digest_tells_where_one_part_ends() -> None:
    assert digest_of("ab", "c") != digest_of("a", "bc")


def test_a_lock_that_another_holds_is_not_taken(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock") as mine:
        assert mine
        with exclusive(tmp_path / "lock", wait=False) as theirs:
            assert not theirs
    with exclusive(tmp_path / "lock", wait=False) as free:
        assert free


def test_a_purge_leaves_what_is_not_the_labs(tmp_path: Path) -> None:
    for name in ("base-abc", "guest-abc", "golang", "go-1.23", "vcenter-abc.new"):
        (tmp_path / name).mkdir()
    assert purge_cache(tmp_path) == ("base-abc", "golang", "guest-abc", "vcenter-abc.new")
    assert [path.name for path in tmp_path.iterdir()] == ["go-1.23"]


@pytest.mark.parametrize("name", ["", "Mine", "../etc", "a b", "a" * 17, "1st"])
def test_a_name_that_could_lead_astray_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a lab"):
        LabFolders(lab=name)
