"""Programs side by side: each line as it is said, and how each of them ended."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO, cast

from groundwork.errors import OutsideError

_INTERRUPT = ""  # no program has this name
_LAST_LINES_SECONDS = 5.0  # for what a program's own children still say once it has ended


def run_side_by_side(
    programs: Mapping[str, Sequence[str]],
    *,
    folder: Path,
    environment: Mapping[str, str],
    on_line: Callable[[str, str], None],
) -> dict[str, int]:
    """The exit code of each program by its name (minus the signal that ended it); `on_line` gets the name and the line.

    They run in `folder` with the caller's environment and `environment`; standard error comes with standard output. An
    interrupt is handed on to all that still run, and raised again once the last has ended: they may take time to clear
    up, and a second interrupt is handed on too. Raises OutsideError when one cannot be started.
    """
    said: SimpleQueue[tuple[str, str | None]] = SimpleQueue()
    interrupted = False
    with ExitStack() as stack:
        stack.enter_context(_interrupts_into(said))
        children: dict[str, subprocess.Popen[bytes]] = {}
        for name, argv in programs.items():
            children[name] = stack.enter_context(_started(argv, folder, environment))
            threading.Thread(target=_follow, args=(name, children[name], said), name=name, daemon=True).start()
        at_work = set(children)
        while at_work:
            name, line = said.get()
            if name == _INTERRUPT:
                interrupted = True
                for child in children.values():
                    if child.poll() is None:
                        child.send_signal(signal.SIGINT)
            elif line is None:
                at_work.discard(name)
            else:
                on_line(name, line)
        codes = {name: child.wait() for name, child in children.items()}
    if interrupted:
        raise KeyboardInterrupt
    return codes


@contextmanager
def _interrupts_into(said: "SimpleQueue[tuple[str, str | None]]") -> Iterator[None]:
    """Meanwhile an interrupt is one more thing that is said: raised in the middle, it could lose what was just said.

    It counts even where the caller ignores interrupts, as what a shell starts in the background does.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: said.put((_INTERRUPT, None)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _started(argv: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    try:
        child = subprocess.Popen(
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,  # an interrupt at the terminal reaches it once, from us
        )
    except OSError as error:
        raise OutsideError(f"{argv[0]} cannot be started: {error}", hint=f"is {argv[0]} installed?") from error
    try:
        yield child
    finally:
        if child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _follow(name: str, child: "subprocess.Popen[bytes]", said: "SimpleQueue[tuple[str, str | None]]") -> None:
    def read() -> None:
        with cast("IO[bytes]", child.stdout) as lines:
            for line in lines:
                said.put((name, line.decode("utf-8", errors="replace").rstrip("\r\n")))

    reader = threading.Thread(target=read, name=f"output of {name}", daemon=True)
    reader.start()
    child.wait()
    reader.join(_LAST_LINES_SECONDS)  # a daemon that it left behind may hold the pipe open
    said.put((name, None))
