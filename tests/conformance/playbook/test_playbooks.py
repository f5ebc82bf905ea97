"""What every Playbooks does, shown on the fake and on Ansible against this machine itself."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from groundwork.change.step import Json
from groundwork.drivers.playbook.fake import FakePlaybooks
from groundwork.drivers.playbook.live import LivePlaybooks
from groundwork.drivers.playbook.protocol import HostChange, Playbooks, PlayReport, Strategy
from groundwork.run.redaction import Redactor
from groundwork.shell.command import LocalCommands

SECRET = "s3cret-'\"\\ $(id)"  # noqa: S105 - the test's own
PLAY = """
- name: Two files
  hosts: all
  gather_facts: false
  check_mode: "{{ checked_again | default(ansible_check_mode) }}"
  tasks:
    - name: Write the page
      ansible.builtin.copy:
        content: "hello\\n"
        dest: "{{ folder }}/page-{{ inventory_hostname }}"
        mode: "0644"
    - name: Write the secret
      ansible.builtin.copy:
        content: "{{ secret }}"
        dest: "{{ folder }}/secret-{{ inventory_hostname }}"
        mode: "0600"
      no_log: true
    - name: Write once more
      ansible.builtin.shell: "echo once >>{{ folder }}/written"
      changed_when: true
      when: inventory_hostname == "stubborn"
    - name: Change every time
      ansible.builtin.debug:
        msg: again
      changed_when: true
      when: inventory_hostname == "stubborn"
    - name: Tell the secret without meaning to
      ansible.builtin.fail:
        msg: "nobody can use {{ secret }}"
      when: inventory_hostname == "broken"
"""


@pytest.fixture(params=["fake", "linear", "mitogen"])
def playbooks(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Playbooks]:
    if request.param != "fake":
        yield _live(tmp_path, request.param)
        return
    page = HostChange(host="good", role="", task="Write the page", diff="--- before\n+++ after\n@@ -0,0 +1 @@\n+hello")
    always = HostChange(host="stubborn", role="", task="Change every time", diff="")
    secret = HostChange(host="good", role="", task="Write the secret", diff="(hidden: a secret passes here)")
    yield FakePlaybooks(
        lacking={"good": (page, secret), "broken": (), "away": (), "stubborn": (always,)},
        stubborn={"stubborn"},
        failing={"broken": "Tell the secret without meaning to: nobody can use [redacted]"},
        unreachable={"away"},
    )


def _live(folder: Path, strategy: Strategy) -> LivePlaybooks:
    (folder / "plays").mkdir()
    (folder / "plays" / "two-files.yaml").write_text(PLAY)
    (folder / "plays" / "ansible.cfg").write_text("[defaults]\n")
    local: dict[str, Json] = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "ansible_remote_tmp": str(folder / "remote"),  # whoever runs the tests may have no home
        "folder": str(folder),
    }
    away: dict[str, Json] = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9}
    hosts: dict[str, Json] = {"good": {"secret": SECRET}, "broken": {"secret": SECRET}, "away": away}
    hosts["stubborn"] = {"secret": SECRET}
    return LivePlaybooks(
        folder=folder / "plays",
        inventory={"all": {"hosts": hosts, "vars": local}},
        commands=LocalCommands(),
        redactor=Redactor(lambda: (SECRET,)),
        strategy=strategy,
    )


def test_a_check_tells_what_would_change_and_changes_nothing(playbooks: Playbooks) -> None:
    first = playbooks.check("two-files.yaml", hosts=("good",))

    assert [(report.host, report.failure, report.unreachable) for report in first] == [("good", None, False)]
    assert [change.task for change in first[0].changes] == ["Write the page", "Write the secret"]
    assert "+hello" in first[0].changes[0].diff
    assert playbooks.check("two-files.yaml", hosts=("good",)) == first


def test_a_second_play_has_nothing_to_change(playbooks: Playbooks) -> None:
    applied = playbooks.apply("two-files.yaml", hosts=("good",))

    assert [change.task for change in applied[0].changes] == ["Write the page", "Write the secret"]
    assert playbooks.apply("two-files.yaml", hosts=("good",)) == (PlayReport(host="good", changes=()),)
    assert playbooks.check("two-files.yaml", hosts=("good",)) == (PlayReport(host="good", changes=()),)


def test_what_a_check_after_the_apply_would_still_change_remains(playbooks: Playbooks) -> None:
    first, second = playbooks.apply("two-files.yaml", hosts=("good", "stubborn"))

    assert first.remaining == ()
    assert [change.task for change in second.remaining] == ["Change every time"]
    assert [change.task for change in second.changes][-1] == "Change every time"


def test_a_check_after_the_apply_changes_nothing(tmp_path: Path) -> None:
    for strategy in get_args(Strategy):
        folder = tmp_path / strategy
        folder.mkdir()
        _live(folder, strategy).apply("two-files.yaml", hosts=("stubborn",))

        assert (folder / "written").read_text(encoding="utf-8") == "once\n"


def test_what_a_host_fails_with_is_a_value_and_shows_no_secret(playbooks: Playbooks) -> None:
    (report,) = playbooks.apply("two-files.yaml", hosts=("broken",))

    assert report.failure == "Tell the secret without meaning to: nobody can use [redacted]"
    assert not report.unreachable


def test_a_host_that_does_not_answer_does_not_keep_others_from_their_change(playbooks: Playbooks) -> None:
    away, good = playbooks.apply("two-files.yaml", hosts=("away", "good"))

    assert (away.host, away.unreachable, away.changes) == ("away", True, ())
    assert away.failure
    assert len(good.changes) == 2


def test_no_diff_shows_what_a_secret_task_writes(playbooks: Playbooks) -> None:
    assert "s3cret" not in repr(playbooks.apply("two-files.yaml", hosts=("good",)))


def test_a_host_that_nobody_knows_is_reported_and_keeps_nobody_from_their_change(playbooks: Playbooks) -> None:
    good, stranger = playbooks.apply("two-files.yaml", hosts=("good", "stranger"))

    assert (stranger.unknown, stranger.failure) == (True, "no play of two-files.yaml has a host of this name")
    assert len(good.changes) == 2
