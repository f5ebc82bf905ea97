"""The leash: runs one program, and ends it with all it started once the holder of the line's other end is gone.

Run as a script, ``python -I -S leash.py LINE PROGRAM ARGUMENT…``, where LINE is the descriptor of a pipe nobody writes
to: its end of file says that the holder died or let go. The kernel makes the leash the parent of every orphan below it
(PR_SET_CHILD_SUBREAPER), so no descendant gets away by forking twice. Descriptors the holder made inheritable, its
locks, stay open here until the last descendant is gone. Its imports are few: each start of a program waits for them.
"""

import ctypes
import os
import select
import signal
import sys

_SET_PDEATHSIG = 1  # linux/prctl.h
_SET_CHILD_SUBREAPER = 36
_NOT_STARTED = 127
_PAUSE_SECONDS = 0.005


def main(line: int, argv: list[str]) -> int:
    """Run the program until it ends or the line is cut; give its exit code, 128 + number for a signal."""
    os.set_inheritable(line, False)  # noqa: FBT003 - os's own
    _prctl(_SET_CHILD_SUBREAPER, 1)
    awake, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: None)
    child = _start(argv)
    _let_go_of_pipes()
    poll = select.poll()
    poll.register(line, select.POLLIN)
    poll.register(awake, select.POLLIN)
    status: int | None = None
    cut = False
    while status is None and not cut:
        ready = dict(poll.poll())
        if awake in ready:
            cut = any(number != signal.SIGCHLD for number in os.read(awake, 512))
        cut = cut or line in ready
        status = _reap(child)
    _end_descendants()
    return 128 + signal.SIGKILL if status is None else _code(status)


def _start(argv: list[str]) -> int:
    ours = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        _prctl(_SET_PDEATHSIG, signal.SIGKILL)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        if os.getppid() == ours:
            os.execvp(argv[0], argv)  # noqa: S606 - an argument list, no shell
    except OSError as error:
        os.write(2, f"{argv[0]} cannot be started: {error.strerror}\n".encode())
    finally:
        os._exit(_NOT_STARTED)


def _let_go_of_pipes() -> None:
    """Leave the program's pipes to the program alone, so that their readers see their end."""
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)


def _reap(child: int) -> int | None:
    """Bury the dead; the child's status when it is among them."""
    found = None
    while True:
        try:
            dead, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if dead == 0:
            return found
        if dead == child:
            found = status


def _end_descendants() -> None:
    """Kill until nothing is left below us; what the kernel holds on to is waited for."""
    while True:
        for pid in _descendants():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        select.select([], [], [], _PAUSE_SECONDS)


def _descendants() -> list[int]:
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - pathlib takes long to import
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:  # noqa: PTH123 - see above
                parent = int(stat.read().rpartition(b")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(name))
    found, below = [], [os.getpid()]
    while below:
        of_one = children.get(below.pop(), [])
        found += of_one
        below += of_one
    return found


def _code(status: int) -> int:
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
