"""Completion in a real bash calls the launcher that was typed, with every word as it was typed."""

from pathlib import Path

from commands.completion import script_for
from groundwork.shell.command import LocalCommands

LAUNCHER = """\
#!/bin/sh
echo "$#" "$4" >"$0.called"
echo estate.check estate.show
"""


def completed(typed: str, folder: Path, word: str = "es ") -> list[str]:
    (folder / "completion").write_text(script_for("bash"), encoding="utf-8")
    script = (
        f'source "$0"; cd "$1"; COMP_WORDS=({typed} "{word}"); _complete_inv {typed} es ""; echo "${{COMPREPLY[@]}}"'
    )
    argv = ["bash", "-c", script, str(folder / "completion"), str(folder)]
    return LocalCommands().run(argv, timeout_seconds=60, environment={"HOME": str(folder)}).stdout.split()


def test_the_launcher_that_was_typed_is_called(tmp_path: Path) -> None:
    launcher = tmp_path / "inv"
    launcher.write_text(LAUNCHER, encoding="utf-8")
    launcher.chmod(0o755)
    for typed in ("./inv", f"{tmp_path}/inv", "'~/inv'"):
        assert completed(typed, tmp_path) == ["estate.check", "estate.show"]
    assert (tmp_path / "inv.called").read_text(encoding="utf-8") == "4 es \n"


def test_where_none_was_typed_the_one_that_printed_the_script_is_called(tmp_path: Path) -> None:
    assert "estate.check" in completed("an-alias", tmp_path, "es")
