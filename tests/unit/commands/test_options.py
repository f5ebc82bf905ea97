"""What no option's value may be, in any command."""

import sys
from pathlib import Path

import pytest
from invoke import Context, task

from commands.options import CityCollection, NoFiles, names_in
from commands.program import CityProgram, main


@task(positional=["name"], help={"only": "o", "city": "c", "name": "n", "live": "l", "reason": "r", "install": "i"})
def act(
    _context: Context,
    name: str,
    *,
    only: str = "",
    city: str = "default",
    live: bool = False,
    reason: str = "",
    install: bool = True,
) -> None:
    sys.stdout.write(f"{[name, only, city, live, reason, install]}\n")


@task
def other(_context: Context) -> None:
    sys.stdout.write("other\n")


def typed(*arguments: str) -> int:
    program = CityProgram(name="cityops", binary="inv", namespace=CityCollection(act, other), config_class=NoFiles)
    return main(arguments, program)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("act", "x", "--only", ""), "--only is empty"),
        (("act", "x", "--only="), "--only is empty"),
        (("act", "x", "-o", ""), "--only is empty"),
        (("act", "x", "--city", "  "), "--city is empty"),
        (("act", "x", "--reason", ""), "--reason is empty"),
        (("act", ""), "NAME is empty"),
        (("act", "x", "--only", ","), "has an empty name among its commas"),
        (("act", "x", "--only", "a,,b"), "has an empty name among its commas"),
        (("act", "x", "--only", "a,"), "has an empty name among its commas"),
        (("act", "x", "--city", "a\x1b[31m"), "--city holds characters that do not show: 'a\\u001b[31m'"),
        (("act", "x", "--reason", "a\nb"), "--reason holds characters that do not show"),
        (("act", "x\u202ey"), "NAME holds characters that do not show"),
        (("act", "x", "other"), "two commands on one line: act and other"),
        (("other", "other"), "two commands on one line: other and other"),
        (("--list", "--list-format", "nosuch"), "there is no list format 'nosuch'"),
        (("act", "x", "-x"), "-x"),
        (("--print-completion-script", "tcsh"), "no completion for the shell 'tcsh'"),
    ],
)
def test_what_no_command_can_mean_is_refused(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*arguments) == 1
    shown = capsys.readouterr()
    assert said in shown.err.replace("\\\\", "\\")
    assert shown.out == ""


def test_what_can_be_meant_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("act", "x", "-o", "a, 臺中", "--city", "b", "--live", "-r", "ticket 1") == 0
    assert capsys.readouterr().out == "['x', 'a, 臺中', 'b', True, 'ticket 1', True]\n"
    assert typed("act", "x") == 0
    assert [names_in(""), names_in("a, b")] == [[], ["a", "b"]]


def test_a_change_without_a_reason_is_refused_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("act", "x", "--live") == 3
    assert "--live needs a reason" in capsys.readouterr().err


def test_a_users_own_configuration_of_invoke_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".invoke.yaml").write_text("tasks: [broken", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("INVOKE_TASKS_AUTO_DASH_NAMES", "nonsense")
    assert typed("other") == 0
    assert capsys.readouterr().out == "other\n"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("./inv", ""), ["act", "other"]),
        (("./inv", "ot"), ["other"]),
        (("./inv", "--l"), ["--list"]),
        (("./inv", "act", "--c"), ["--city"]),
        (("./inv", "act", "--no"), ["--no-install"]),
        (("./inv", "act", "x"), []),
        (("./inv",), ["act", "other"]),
    ],
)
def test_a_shell_is_offered_what_the_last_word_may_become(
    words: tuple[str, ...], offered: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("--complete", "--", *words) == 0
    assert capsys.readouterr().out.split() == offered


@pytest.mark.parametrize("share", ["0/7", "8/7", "x", "1/257", "1/", "-1/7", "\u0661/\u0667"])
def test_what_is_no_share_is_wrong_usage_before_any_host_is_asked(
    share: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup.verify", "--site", "nchc", "--share", share]) == 1
    assert "is no share" in capsys.readouterr().err
