"""The demo's screen, typing real commands."""

import pytest

from commands.demo import Screen, Stage
from groundwork.errors import OutsideError
from groundwork.shell.clock import SystemClock


def test_a_stage_that_ends_well_has_its_answer_and_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    answer = Screen(SystemClock()).run(Stage(title="look at the help", arguments=("estate.check", "--help")))
    assert "Usage: inv estate.check" in answer
    said = capfd.readouterr().err
    assert said.startswith("✓ look at the help (")
    assert said.count("\n") == 1


def test_a_stage_that_ends_otherwise_raises_with_its_last_words(capfd: pytest.CaptureFixture[str]) -> None:
    stage = Stage(title="check", arguments=("estate.check", "--settings", "/no/such/file"))
    with pytest.raises(OutsideError, match=r"check ended with 4:\n(.|\n)*/no/such/file") as caught:
        Screen(SystemClock()).run(stage)
    assert caught.value.hint == "inv estate.check --settings /no/such/file"
    assert capfd.readouterr().err.startswith("✗ check (")
    Screen(SystemClock()).run(Stage(title="check", arguments=stage.arguments, good=(0, 4)))


def test_a_question_has_no_line_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    assert "Usage: inv estate.show" in Screen(SystemClock()).ask("estate.show", "--help")
    assert capfd.readouterr().err == ""
