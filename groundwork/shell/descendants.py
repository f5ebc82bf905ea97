"""The processes that descend from this one: adopting those that detach, and ending them all."""

import ctypes
import os
import signal
from collections.abc import Iterator
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


def adopt_descendants() -> None:
    """From now on a descendant whose parent ends becomes a child of this process, so that none gets away."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants() -> None:
    """Kill every descendant and wait until none is left; one that forks meanwhile is caught in the next round."""
    while found := list(_descendants(os.getpid())):
        for pid in found:
            _kill(pid)
        _reap()


def _descendants(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (parent := _parent(entry)) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            yield child
            waiting.append(child)


def _parent(process: Path) -> int | None:
    try:
        after_name = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
    except OSError:  # it ended while we looked
        return None
    return int(after_name.split()[1])


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _reap() -> None:
    """Collect what has ended; wait for one, since what is killed takes a moment to go."""
    try:
        os.waitpid(-1, 0)
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
