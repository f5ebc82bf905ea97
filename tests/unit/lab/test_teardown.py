"""Taking down what is left of a lab."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from commands.context import CommandContext
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from lab.cache import exclusive
from lab.folders import LabFolders, list_labs
from lab.teardown import SETTINGS_OF_THE_PAST, Removed, find_remains, take_down
from tests.builders.toy_program import wait_until


def removed(folders: LabFolders, said: list[str] | None = None) -> Removed:
    reported = [] if said is None else said
    return take_down(folders, keep_state=True, commands=LocalCommands(), clock=SystemClock(), say=reported.append)


def test_it_waits_for_another_command_that_brings_the_lab_up_and_says_so_once(tmp_path: Path) -> None:
    folders = LabFolders(lab="unittest", labs=tmp_path)
    folders.state.mkdir(parents=True)
    said: list[str] = []
    with ExitStack() as other, ThreadPoolExecutor(max_workers=1) as beside:
        assert other.enter_context(exclusive(folders.lock))
        taking_down = beside.submit(removed, folders, said)
        wait_until("it waits", lambda: bool(said))
        assert folders.state.exists()
        other.close()
        assert taking_down.result().found
    assert said == ["waiting for another command that brings the lab unittest up or takes it down"]


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
    folders.settings_file.write_text("city: taichung\nlab: unittest\n", encoding="utf-8")
    done = removed(folders)
    assert done.found
    assert done.kept is not None
    assert sorted(path.name for path in done.kept.iterdir()) == ["ledger.sqlite", SETTINGS_OF_THE_PAST]
    with CommandContext(settings=str(done.kept / SETTINGS_OF_THE_PAST)).open_ledger() as ledger:
        assert ledger.list_runs() == ()
    assert find_remains(folders, LocalCommands()) == ()
