"""A program whose standard input and output are a connection, as a socket."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from groundwork.shell.command import CommandRunner, Running

_PIECE_BYTES = 65536
_END_SECONDS = 5.0


@contextmanager
def open_stream(
    commands: CommandRunner, argv: Sequence[str], *, greeting: bytes, timeout_seconds: float
) -> Iterator[socket.socket]:
    """The socket, once the program has said `greeting` on a line; leaving the context ends the program.

    Raises ConnectionError with the program's own words when it ends or says something else within the time.
    """
    with commands.start(argv) as program:
        watchdog = threading.Timer(timeout_seconds, program.kill)
        watchdog.start()
        try:
            line = program.stdout.readline()
        except (OSError, ValueError):
            line = b""
        finally:
            watchdog.cancel()
        if line.rstrip(b"\n") != greeting:
            raise ConnectionError(_last_words(program))
        ours, theirs = socket.socketpair()
        for pump in (_send, _receive):
            threading.Thread(target=pump, args=(program, theirs), name="stream", daemon=True).start()
        with ours, theirs:
            yield ours
            with suppress(OSError):
                theirs.shutdown(socket.SHUT_RDWR)


def _last_words(program: Running) -> str:
    with suppress(Exception):
        return program.wait(timeout_seconds=_END_SECONDS).stderr.strip() or "no answer"
    return "no answer"


def _send(program: Running, theirs: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while piece := theirs.recv(_PIECE_BYTES):
            program.stdin.write(piece)
            program.stdin.flush()
        program.stdin.close()


def _receive(program: Running, theirs: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while piece := program.stdout.read1(_PIECE_BYTES):  # type: ignore[attr-defined]  # a BufferedReader
            theirs.sendall(piece)
        theirs.shutdown(socket.SHUT_WR)
