"""A file that a person names is written whole, and never in the place of something else."""

import os
import socket
import stat
from pathlib import Path

import pytest

from groundwork.errors import ConfigurationError, UsageError
from groundwork.shell.whole_file import write_whole


def test_a_file_is_made_or_written_anew_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    (tmp_path / "plan.json.new").write_text("somebody's", encoding="utf-8")
    write_whole(path, "one")
    path.chmod(0o640)
    write_whole(path, "two 臺中 \ud800")
    assert path.read_text(encoding="utf-8") == "two 臺中 \\ud800"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(one.name for one in tmp_path.iterdir()) == ["plan.json", "plan.json.new"]


@pytest.mark.parametrize("sort", ["symbolic link", "folder", "FIFO", "socket", "device"])
def test_what_is_no_regular_file_is_refused_and_stays(tmp_path: Path, sort: str) -> None:
    path = tmp_path / "it"
    (tmp_path / "other").write_text("kept", encoding="utf-8")
    match sort:
        case "symbolic link":
            path.symlink_to(tmp_path / "other")
        case "folder":
            path.mkdir()
        case "FIFO":
            os.mkfifo(path)
        case "socket":
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(str(path))
        case _:
            if os.geteuid() != 0:
                pytest.skip("making a device needs root")
            os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    before = path.lstat()
    with pytest.raises(UsageError, match=f"is a {sort}, not a regular file"):
        write_whole(path, "x")
    assert path.lstat() == before
    assert (tmp_path / "other").read_text(encoding="utf-8") == "kept"


def test_where_nothing_can_be_written_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written: No such file or directory"):
        write_whole(tmp_path / "missing" / "plan.json", "x")
