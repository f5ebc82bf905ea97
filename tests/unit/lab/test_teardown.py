"""Taking down what is left of a lab."""

from pathlib import Path

from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from lab.folders import LabFolders, list_labs
from lab.teardown import Removed, find_remains, take_down


def removed(folders: LabFolders) -> Removed:
    return take_down(folders, keep_state=True, commands=LocalCommands(), clock=SystemClock())


def test_a_folder_that_a_killed_call_was_removing_is_found_and_removed(tmp_path: Path) -> None:
    folders = LabFolders(lab="unittest", labs=tmp_path)
    (folders.leaving / "hosts").mkdir(parents=True)
    assert list_labs(tmp_path) == ()
    assert find_remains(folders, LocalCommands()) == (f"folder {folders.leaving}",)
    assert removed(folders) == Removed(found=True, processes=0, namespaces=0, kept=None)
    assert removed(folders) == Removed(found=False, processes=0, namespaces=0, kept=None)


def test_of_a_lab_whose_machine_was_started_anew_the_ledger_is_kept(tmp_path: Path) -> None:
    folders = LabFolders(lab="unittest", labs=tmp_path)
    folders.state.mkdir(parents=True)
    (folders.state / "ledger.sqlite").touch()
    done = removed(folders)
    assert done.found
    assert done.kept is not None
    assert [path.name for path in done.kept.iterdir()] == ["ledger.sqlite"]
    assert find_remains(folders, LocalCommands()) == ()
