"""Which tests `inv test` leaves to `inv dev.torture`, and that each is in one of the two."""

import re
import sys

import pytest
from invoke import Context, Exit

from commands import torture as module
from commands.checkout import ROOT
from commands.suite import FOLDERS
from groundwork.shell.command import LocalCommands

FILE = "tests/integration/test_runs_killed.py"


def collected(*options: str) -> set[str]:
    argv = ["env", "-C", str(ROOT), sys.executable, "-P", "-m", "pytest", "--collect-only", "-q", *options, FILE]
    said = LocalCommands().run(argv, timeout_seconds=120, check=False).stdout
    return set(re.findall(r"::(test_a_run_killed_in_any_step\S+\])", said))


def test_a_test_is_run_by_one_of_the_two_commands_and_by_no_other() -> None:
    always, torture = collected(), collected("--torture")
    assert always
    assert torture
    assert not always & torture
    assert len(always | torture) == 12  # killed before and after each of six steps


@pytest.mark.parametrize("passed", [True, False])
def test_the_seed_is_printed_and_is_the_tests(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, passed: bool
) -> None:
    asked: list[object] = []

    def run_strands(parts: tuple[str, ...], keyword: str, **how: object) -> tuple[bool, list[object]]:
        asked.extend((parts, keyword, how["options"]))
        return passed, []

    monkeypatch.setattr(module, "run_strands", run_strands)
    if passed:
        module.torture.body(Context(), keyword="lanes", seed=7, install=False)
    else:
        with pytest.raises(Exit) as ended:
            module.torture.body(Context(), keyword="lanes", seed=7, install=False)
        assert ended.value.code == 1
    assert asked == [FOLDERS, "lanes", ["--torture", "--seed=7"]]
    assert "seed 7\n" in capsys.readouterr().out
