"""Python programs of ours without the second that each takes to import the engine: most of what they cost the suite."""

import atexit
import functools
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from groundwork.shell.command import LocalCommands
from tests.builders.own_process import own_environment

_HERE = Path(__file__).parent


def warm_argv(*words: str) -> list[str]:
    """The command line that does as `python WORDS…`: a script, or `-m` and a module. Killed, it takes that along."""
    return [sys.executable, "-I", "-S", str(_HERE / "warm_launcher.py"), _socket(os.getpid()), *words]


@functools.cache
def _socket(_process: int) -> str:
    """The socket of this process's server, which ends with it."""
    opened = ExitStack()
    atexit.register(opened.close)
    path = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="cityops-warm-"))) / "socket"
    argv = [sys.executable, "-P", str(_HERE / "warm_server.py"), str(path)]
    server = opened.enter_context(LocalCommands().start(argv, environment=own_environment()))
    assert server.stdout.readline() == b"up\n", "the warm server did not come up"
    return str(path)
