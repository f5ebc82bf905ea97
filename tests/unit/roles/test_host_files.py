"""The module that writes a role's files, played by Ansible on this machine in a folder of the test's own."""

import getpass
import grp
import os
import stat
import sys
from pathlib import Path

import pytest
import yaml

from commands.checkout import ROOT
from groundwork.change.step import Json
from groundwork.drivers.playbook.live import LivePlaybooks
from groundwork.shell.command import LocalCommands


class Play:
    """A play of one task that has `files` beneath a folder, and what comes of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "host"
        self._plays = folder / "plays"
        self.folder.mkdir()
        self._plays.mkdir()
        config = f"[defaults]\nlibrary = {ROOT}/playbooks/plugins/modules\n"
        (self._plays / "ansible.cfg").write_text(config, encoding="utf-8")
        self._own = {"owner": getpass.getuser(), "group": grp.getgrgid(os.getgid()).gr_name}

    def wants(self, *files: dict[str, str], variables: dict[str, Json] | None = None) -> LivePlaybooks:
        """The play of these files, whose paths are told from the folder."""
        listed = [{**self._own, **file, "path": str(self.folder / file["path"])} for file in files]
        task = {"name": "Have them", "host_files": {"files": listed}}
        play = {"name": "Files", "hosts": "all", "gather_facts": False, "tasks": [task]}
        (self._plays / "files.yaml").write_text(yaml.safe_dump([play]), encoding="utf-8")
        host: dict[str, Json] = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        inventory: dict[str, Json] = {"all": {"hosts": {"here": {**host, **(variables or {})}}}}
        return LivePlaybooks(folder=self._plays, inventory=inventory, commands=LocalCommands())


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path)


def told(playbooks: LivePlaybooks, *, check: bool = False) -> str:
    """The diff of what was changed, or would be; empty when nothing was."""
    (report,) = (playbooks.check if check else playbooks.apply)("files.yaml", hosts=("here",))
    assert report.failure is None
    return "\n".join(change.diff for change in report.changes)


def test_what_differs_is_told_then_made_and_left_alone_the_second_time(play: Play) -> None:
    (play.folder / "old").write_text("of before")
    (play.folder / "page").write_text("goodbye\n")
    files = play.wants(
        {"path": "new", "state": "directory", "mode": "0700"},
        {"path": "new/secret", "content": "a\nb\n", "mode": "0600"},
        {"path": "page", "content": "hello\n"},
        {"path": "zone", "state": "link", "content": "/usr/share/zoneinfo/UTC"},
        {"path": "old", "state": "absent"},
    )

    foretold = told(files, check=True)
    assert sorted(path.name for path in play.folder.iterdir()) == ["old", "page"]
    assert told(files) == foretold
    assert told(files) == ""

    assert "-goodbye\n+hello" in foretold
    assert "+/usr/share/zoneinfo/UTC" in foretold
    assert sorted(path.name for path in play.folder.rglob("*")) == ["new", "page", "secret", "zone"]
    assert (play.folder / "new/secret").read_text() == "a\nb\n"
    assert stat.S_IMODE((play.folder / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((play.folder / "new/secret").stat().st_mode) == 0o600
    assert str((play.folder / "zone").readlink()) == "/usr/share/zoneinfo/UTC"


def test_a_mode_that_drifted_is_mended(play: Play) -> None:
    files = play.wants({"path": "secret", "content": "x", "mode": "0600"})
    told(files)
    (play.folder / "secret").chmod(0o644)

    assert '"mode": "0600"' in told(files)
    assert stat.S_IMODE((play.folder / "secret").stat().st_mode) == 0o600


def test_a_file_that_is_not_valid_does_not_take_its_place(play: Play) -> None:
    (play.folder / "conf").write_text("good\n")
    files = play.wants({"path": "conf", "content": "bad\n", "validate": "/bin/grep good %s"})

    (report,) = files.apply("files.yaml", hosts=("here",))

    assert report.failure is not None
    assert "stays as it was, the new one is not valid" in report.failure
    assert [path.name for path in play.folder.iterdir()] == ["conf"]
    assert (play.folder / "conf").read_text() == "good\n"


def test_a_folder_in_a_files_place_is_not_lost(play: Play) -> None:
    (play.folder / "conf").mkdir()
    (report,) = play.wants({"path": "conf", "content": "x"}).apply("files.yaml", hosts=("here",))

    assert report.failure is not None
    assert "is a directory and should be a file" in report.failure


def test_a_port_is_open_to_its_sources_and_one_without_sources_to_nobody(play: Play) -> None:
    template = ROOT / "playbooks/roles/baseline/templates/nftables.conf.j2"
    ports: list[Json] = [{"port": 8000, "sources": ["10.1.0.0/24", "10.9.0.2/32"]}, {"port": 8001, "sources": []}]
    content = "{{ lookup('ansible.builtin.template', '" + str(template) + "') }}"
    told(play.wants({"path": "nft", "content": content}, variables={"baseline__open_ports": ports}))

    lines = [line.strip() for line in (play.folder / "nft").read_text().splitlines()]

    assert "tcp dport 22 accept" in lines
    assert "ip saddr { 10.1.0.0/24, 10.9.0.2/32 } tcp dport 8000 accept" in lines
    assert not any("8001" in line for line in lines)
