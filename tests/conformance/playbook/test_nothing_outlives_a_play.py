"""A play dies with whoever asked for it: Ansible, its workers and what they started."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands

PLAY = """
- name: A long task
  hosts: all
  gather_facts: false
  tasks:
    - name: Work for long
      ansible.builtin.command: sleep {seconds}
"""
ASKS = """
import json, sys
from pathlib import Path
from groundwork.drivers.playbook.live import LivePlaybooks
from groundwork.shell.command import LocalCommands
folder, python, strategy = sys.argv[1:]
here = {"ansible_connection": "local", "ansible_python_interpreter": python, "ansible_remote_tmp": folder + "/remote"}
hosts = {"here": here}
inventory = {"all": {"hosts": hosts}}
plays = LivePlaybooks(folder=Path(folder), inventory=inventory, commands=LocalCommands(), strategy=strategy)
plays.apply("long.yaml", hosts=("here",))
"""


@pytest.mark.parametrize("strategy", ["linear", "mitogen"])
def test_killing_the_one_who_asked_ends_every_process_and_removes_the_secrets(tmp_path: Path, strategy: str) -> None:
    seconds = f"300.{abs(hash(str(tmp_path))) % 10**8:08d}1"
    (tmp_path / "long.yaml").write_text(PLAY.replace("{seconds}", seconds))
    (tmp_path / "ansible.cfg").write_text("[defaults]\n")
    folders = _private_folders()

    with LocalCommands().start([sys.executable, "-c", ASKS, str(tmp_path), sys.executable, strategy]) as asker:
        assert _comes_true(lambda: bool(_with_argument(seconds)))
        asker.kill()

    assert _comes_true(lambda: not _with_argument(seconds))
    assert _comes_true(lambda: not _with_argument(str(tmp_path)))
    assert _comes_true(lambda: _private_folders() <= folders)


def _private_folders() -> set[Path]:
    return set(Path("/dev/shm").glob("cityops-play-*"))  # noqa: S108 - looked at, not made


def _with_argument(word: str) -> list[str]:
    """The living processes that have the word in an argument."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if word in arguments:
            found.append(json.dumps(arguments))
    return found


def _comes_true(fact: Callable[[], bool]) -> bool:
    clock = SystemClock()
    deadline = clock.monotonic() + 30
    while not fact():
        if clock.monotonic() > deadline:
            return False
        clock.sleep(0.1)
    return True
