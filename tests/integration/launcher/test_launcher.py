"""The launcher makes .venv once, heals a half-made one, and passes every argument on."""

import shutil
from pathlib import Path

import pytest

from commands.checkout import ROOT
from groundwork.shell.command import Completed, LocalCommands

SAYS_ITS_ARGUMENTS = "import os, sys\nprint(os.environ['HOME'] if sys.argv[1:] == ['home'] else sys.argv[1:])\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with an empty lock file, in a folder with a blank in its name."""
    root = tmp_path_factory.mktemp("a checkout")
    shutil.copy(ROOT / "inv", root / "inv")
    (root / "requirements.lock").write_text("# nothing\n", encoding="utf-8")
    (root / "commands").mkdir()
    (root / "commands" / "__main__.py").write_text(SAYS_ITS_ARGUMENTS, encoding="utf-8")
    return root


def call(checkout: Path, *arguments: str) -> Completed:
    argv = ["env", "-i", "-C", "/", "PATH=/usr/bin:/bin", str(checkout / "inv"), *arguments]
    return LocalCommands().run(argv, timeout_seconds=120, check=False)


def test_two_first_calls_at_once_make_one_venv_and_both_answer(checkout: Path) -> None:
    with LocalCommands().start(["env", "-i", "PATH=/usr/bin:/bin", str(checkout / "inv"), "first"]) as other:
        second = call(checkout, "second")
        first = other.wait(timeout_seconds=120)
    assert (first.stdout, second.stdout) == ("['first']\n", "['second']\n")
    assert (first.stderr + second.stderr).count("inv: making .venv") == 1


def test_a_warm_call_says_nothing_of_its_own_and_passes_arguments_as_typed(checkout: Path) -> None:
    answer = call(checkout, "wifi.plan", "--only", "a b", "*")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "['wifi.plan', '--only', 'a b', '*']\n", "")


def test_the_callers_own_modules_do_not_stand_before_ours(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "commands").mkdir()
    (tmp_path / "commands" / "__main__.py").write_text("print('a stranger')\n", encoding="utf-8")
    argv = ["env", "-i", "PATH=/usr/bin:/bin", f"PYTHONPATH={tmp_path}", str(checkout / "inv"), "x"]
    assert LocalCommands().run(argv, timeout_seconds=120).stdout == "['x']\n"


def test_who_has_no_home_is_lent_one(checkout: Path, tmp_path: Path) -> None:
    argv = ["env", "-i", "PATH=/usr/bin:/bin", f"HOME={tmp_path}", str(checkout / "inv"), "home"]
    assert LocalCommands().run(argv, timeout_seconds=120).stdout == f"{tmp_path}\n"
    assert call(checkout, "home").stdout == f"{checkout}/.venv/home\n"


def test_a_venv_whose_building_was_killed_is_made_again(checkout: Path) -> None:
    (checkout / ".venv" / "cityops.stamp").unlink()
    (checkout / ".venv" / "bin" / "pip").unlink()
    answer = call(checkout, "x")
    assert answer.stdout == "['x']\n"
    assert "inv: making .venv" in answer.stderr


def test_a_changed_lock_file_is_installed_into_the_venv_there_is(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("# nothing, again\n", encoding="utf-8")
    answer = call(checkout, "x")
    assert answer.stdout == "['x']\n"
    assert "inv: requirements.lock has changed" in answer.stderr


def test_ctrl_c_while_the_venv_is_made_is_reported_as_an_interruption(checkout: Path) -> None:
    (checkout / ".venv" / "cityops.stamp").unlink()
    argv = ["timeout", "--signal=INT", "0.3", "env", "-i", "PATH=/usr/bin:/bin", str(checkout / "inv"), "x"]
    with LocalCommands().start([*argv[:1], "--preserve-status", *argv[1:]]) as started:
        ended = started.wait(timeout_seconds=120)
    assert ended.exit_code == 7
    assert "inv: interrupted" in ended.stderr
    assert not (checkout / ".venv" / "cityops.stamp").exists()
