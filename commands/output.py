"""Where text leaves for a terminal, a file or a pipe: it steers no terminal, and a full disk is reported in words."""

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from groundwork.errors import OutsideError

if TYPE_CHECKING:
    from rich.console import RenderableType

# Control characters but line feed and tab; marks of direction and width, invisible; halves of a character.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
_PIPE_COLUMNS = 160


def printable(text: str) -> str:
    """The text with whatever would steer a terminal, or is invisible, spelled out as JSON does."""
    return _STEERING.sub(lambda found: _spelled(found[0]), text)


def steers(text: str) -> bool:
    """Whether `printable` changes the text, or it has a line feed or a tab in it."""
    return _STEERING.search(text) is not None or "\n" in text or "\t" in text


def _spelled(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


class Outlet(io.TextIOBase):
    """One of the two standard streams; what `strict` says decides whether an answer that is lost is an error."""

    def __init__(self, stream: TextIO | None, *, strict: bool) -> None:
        self._stream = stream
        self._strict = strict
        self._dropped = False

    def write(self, text: str) -> int:
        """Write the text, printable. Raises OutsideError for an answer that cannot be written."""
        self.write_raw(printable(text))
        return len(text)

    def write_raw(self, text: str) -> None:
        """Write what is made for a terminal by ourselves."""
        if self._dropped:
            return
        with self._worded():
            if self._stream is None:
                raise OSError(None, "it is closed")
            self._stream.write(text)

    def flush(self) -> None:
        """Hand over what was written so far. Raises OutsideError as `write` does."""
        with self._worded():
            if self._stream is not None:
                self._stream.flush()

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """The descriptor, for who asks how wide the terminal is."""
        if self._stream is None:
            raise OSError("the stream is closed")
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a plain attribute there
        """The encoding underneath."""
        return "utf-8" if self._stream is None else self._stream.encoding

    @contextmanager
    def _worded(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:  # ValueError: the stream was closed meanwhile
            self._drop()
            if self._strict:
                why = "its reader has gone" if isinstance(error, BrokenPipeError) else _reason(error)
                raise OutsideError(
                    f"the answer cannot be written to standard output: {why}",
                    hint="see where the output goes; what was done is done: `inv runs.list` has the runs",
                ) from error

    def _drop(self) -> None:
        """Write nothing more; what the stream still holds goes nowhere, or the interpreter's end would fail too."""
        self._dropped = True
        with suppress(OSError, ValueError), open(os.devnull, "wb") as nothing:  # noqa: PTH123 - a descriptor is wanted
            os.dup2(nothing.fileno(), self.fileno())


@contextmanager
def guarded_streams() -> Iterator[None]:
    """For as long as it lasts, whatever is printed goes through an Outlet."""
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Outlet(streams[0], strict=True), Outlet(streams[1], strict=False)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams


def print_rich(renderable: "RenderableType") -> None:
    """Print a table and the like: its colours are ours, its words are not, and no word of it is taken for markup."""
    from rich.console import Console
    from rich.segment import Segment, Segments

    on_terminal = sys.stdout.isatty()
    drawn = Console(width=None if on_terminal else _PIPE_COLUMNS, markup=False, emoji=False, highlight=False)
    clean = [
        Segment(printable(text), style) for text, style, control in drawn.render(_words(renderable)) if not control
    ]
    with drawn.capture() as captured:
        drawn.print(Segments(clean), end="", soft_wrap=True)
    if isinstance(sys.stdout, Outlet):
        sys.stdout.write_raw(captured.get())
    else:
        sys.stdout.write(captured.get())


def redraw(line: str, *, final: bool) -> None:
    """Put the line over the one that a terminal shows on standard error; a `final` one stays."""
    drawn = f"\r\x1b[2K{printable(line)}" + ("\n" if final else "")
    if isinstance(sys.stderr, Outlet):
        sys.stderr.write_raw(drawn)
    else:
        sys.stderr.write(drawn)
    sys.stderr.flush()


def _words(renderable: "RenderableType") -> "RenderableType":
    from rich.text import Text

    return Text(renderable) if isinstance(renderable, str) else renderable


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
