"""Forks Python programs from a process that has imported what they import: ``python warm_server.py SOCKET``.

A request is one line of JSON (`words`, `environment`, `folder`) with the three standard streams; the answer is the wait
status. Whoever asked and goes away takes the program along.
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
from typing import Any, NoReturn

import commands.program  # noqa: F401 - for those that are forked, as the two below
import groundwork.drivers.vcenter.control  # noqa: F401
import tests.builders.toy_run  # noqa: F401

_PIECE_BYTES = 1 << 16


def main(path: str) -> NoReturn:
    """Serve until whoever started us ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(64)
    print("up", flush=True)  # noqa: T201 - this is a program
    gc.freeze()
    while True:
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _attend(connection)
        connection.close()


def _attend(connection: socket.socket) -> NoReturn:
    """Fork one program, and wait for its end or for whoever asked for it to go away, which ends it."""
    message, streams, _, _ = socket.recv_fds(connection, _PIECE_BYTES, 3)
    while not message.endswith(b"\n"):
        piece = connection.recv(_PIECE_BYTES)
        if not piece:
            os._exit(1)
        message += piece
    program = os.fork()
    if program == 0:
        connection.close()
        _become(json.loads(message), streams)
    for stream in streams:
        os.close(stream)
    ended = os.pidfd_open(program)
    with select.epoll() as waiting:
        waiting.register(connection, select.EPOLLIN)
        waiting.register(ended, select.EPOLLIN)
        if ended not in dict(waiting.poll()):
            os.kill(program, signal.SIGKILL)
            os._exit(1)
    _, status = os.waitpid(program, 0)
    connection.send(f"{status}".encode())
    os._exit(0)


def _become(request: dict[str, Any], streams: list[int]) -> NoReturn:
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()  # noqa: TID251 - a program's own environment is made here
    os.environ.update(request["environment"])  # noqa: TID251
    os.chdir(request["folder"])
    words: list[str] = request["words"]
    sys.argv = words[1:] if words[0] == "-m" else words
    if words[0] == "-m":
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(words[0], run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    main(sys.argv[1])
