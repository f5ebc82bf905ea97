"""Taking a lab down: its processes, namespaces, mounts and files, found by what is there, not by records."""

import shutil
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from groundwork.errors import OutsideError
from groundwork.files.fault import Fault
from groundwork.files.source import YAML_LIMIT_BYTES, read_source
from groundwork.files.yaml_tree import parse_yaml
from groundwork.shell.clock import Clock
from groundwork.shell.command import CommandRunner
from lab.folders import LabFolders
from lab.host import list_cgroups, remove_cgroup
from lab.layout import prefix_of
from lab.namespace import list_namespaces
from lab.program import end_all, pids_in, pids_on, send
from lab.standing import holding

SETTINGS_OF_THE_PAST = "settings.yaml"  # beside a ledger that is kept
_SECONDS = 60.0
_GRACE_SECONDS = 3.0
_PAUSE_SECONDS = 0.1
_MOUNTS = Path("/proc/self/mountinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What a lab left when it was taken down; `kept` is where its ledger and evidence went, if it had any.

    `found` says whether there was anything of it at all: a folder is left when the machine was started anew meanwhile.
    """

    found: bool
    processes: int
    namespaces: int
    kept: Path | None


def take_down(
    folders: LabFolders, *, keep_state: bool, commands: CommandRunner, clock: Clock, say: Callable[[str], None]
) -> Removed:
    """End and remove everything of the lab, whole or half-way; the ledger and the evidence are kept on request.

    Raises RefusedError when another command that brings it up does not end, OutsideError when something stays.
    """
    if not folders.labs.is_dir():
        return Removed(found=False, processes=0, namespaces=0, kept=None)
    with holding(folders, clock=clock, say=say):
        found = bool(find_remains(folders, commands))
        namespaces = list_namespaces(prefix_of(folders.lab))
        _ask_to_end(namespaces, commands, clock)
        processes = end_all(lambda: _all_pids(folders, namespaces, commands), clock)
        for name in namespaces:
            commands.run(["ip", "netns", "delete", name], timeout_seconds=_SECONDS)
        for path in reversed(_mounts_below(folders.root)):
            commands.run(["umount", path], timeout_seconds=_SECONDS)
        for name in list_cgroups(prefix_of(folders.lab)):
            remove_cgroup(name, clock)
        kept = _keep(folders, clock.now()) if keep_state else None
        _remove_folder(folders)
    left = find_remains(folders, commands)
    if left:
        raise OutsideError(f"the lab {folders.lab} left {', '.join(left)}", hint="run `inv lab.down` again")
    return Removed(found=found, processes=processes, namespaces=len(namespaces), kept=kept)


def find_remains(folders: LabFolders, commands: CommandRunner) -> tuple[str, ...]:
    """What there is of the lab on this machine, in words; nothing once it is down."""
    namespaces = list_namespaces(prefix_of(folders.lab))
    return (
        *(f"namespace {name}" for name in namespaces),
        *(f"process {pid}" for pid in _all_pids(folders, namespaces, commands)),
        *(f"mount {path}" for path in _mounts_below(folders.root)),
        *(f"control group {name}" for name in list_cgroups(prefix_of(folders.lab))),
        *(f"folder {folder}" for folder in (folders.root, folders.leaving) if folder.exists()),
    )


def _remove_folder(folders: LabFolders) -> None:
    """Under its own name the folder is whole or gone: a lab brought up on half of it would never answer."""
    if folders.leaving.exists():  # of a call that was killed
        shutil.rmtree(folders.leaving)
    if folders.root.exists():
        folders.root.rename(folders.leaving)
        shutil.rmtree(folders.leaving)


def _ask_to_end(namespaces: Iterable[str], commands: CommandRunner, clock: Clock) -> None:
    """Let commands that work in the control namespace end in order; the rest of the lab needs no such courtesy."""
    control = [name for name in namespaces if name.endswith("-control")]
    deadline = clock.monotonic() + _GRACE_SECONDS
    asked = set[int]()
    while clock.monotonic() < deadline:
        working = {pid for name in control for pid in pids_in(name, commands)}
        if not working:
            return
        send(working - asked, signal.SIGTERM)
        asked |= working
        clock.sleep(_PAUSE_SECONDS)


def _all_pids(folders: LabFolders, namespaces: Iterable[str], commands: CommandRunner) -> set[int]:
    inside = {pid for name in namespaces for pid in pids_in(name, commands)}
    return inside | set(pids_on(folders.root))


def _mounts_below(folder: Path) -> list[str]:
    """The mount points below a folder, in the order they were mounted."""
    lines = _MOUNTS.read_text(encoding="utf-8").splitlines()
    points = [line.split()[4].encode().decode("unicode_escape") for line in lines]
    return [point for point in points if point.startswith(f"{folder}/")]


def _keep(folders: LabFolders, now: datetime) -> Path | None:
    """Move the lab's ledger and evidence to where they outlive it, with settings by which the runs can be read."""
    if not folders.state.is_dir() or not any(folders.state.iterdir()):
        return None
    folders.past.mkdir(mode=0o700, exist_ok=True)
    target = folders.past / f"{now:%Y%m%dT%H%M%S}"
    city = _city_of(folders)
    folders.state.rename(target)
    (target / SETTINGS_OF_THE_PAST).write_text(f"city: {city}\nstate: .\n", encoding="utf-8")
    return target


def _city_of(folders: LabFolders) -> str:
    """The city of the lab's settings; of a lab that was made half-way, none that can be read."""
    try:
        file = folders.settings_file
        source = read_source(file, file=str(file), limit_bytes=YAML_LIMIT_BYTES)
    except FileNotFoundError:
        return "unknown"
    settings = None if isinstance(source, Fault) else parse_yaml(source)[0].value
    return str(settings["city"]) if isinstance(settings, dict) and "city" in settings else "unknown"
