"""The lab's programs are found by what they were given."""

from pathlib import Path

from groundwork.shell.command import LocalCommands
from lab.program import pids_on


def test_a_program_is_found_by_the_file_it_was_given_and_by_every_folder_above(tmp_path: Path) -> None:
    given = tmp_path / "vcenters" / "central" / "site.json"
    argv = ["sh", "-c", "echo here; read -r end", "sh", f"--config={given}"]
    with LocalCommands().start(argv) as program:
        assert program.stdout.readline() == b"here\n"
        assert [len(pids_on(folder)) for folder in (given, given.parent, tmp_path)] == [1, 1, 1]
        assert pids_on(tmp_path / "vcenters" / "cent") == ()
        assert pids_on(given.parent / "state") == ()
    assert pids_on(tmp_path) == ()
