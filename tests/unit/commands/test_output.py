"""What is printed steers no terminal, whatever it holds and whoever prints it; what cannot be written is reported."""

import io
import json
import sys
import unicodedata

import pytest
from rich.table import Table
from rich.text import Text

from commands.context import answer, say
from commands.output import Outlet, guarded_streams, print_rich, printable, steers
from groundwork.errors import OutsideError

SORTS = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, format, surrogate, line and paragraph separators
STEERING = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) in SORTS and character not in "\n\t"
]
HOSTILE = "a\x1b[31mred\x1b]0;title\x07b\rc\x9b2Jd\u202ee\u2066f\u200bg\ud800h\x00i\U000e0041j[bold]k:smile:"


class Stream(io.StringIO):
    """Keeps what was written, halves of characters too."""


class FullStream(io.StringIO):
    """A disk that is full."""

    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


def shown(act: object, *, monkeypatch: pytest.MonkeyPatch, terminal: bool = False) -> tuple[str, str]:
    out, err = Stream(), Stream()
    out.isatty = lambda: terminal  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with guarded_streams():
        act()  # type: ignore[operator]
    return out.getvalue(), err.getvalue()


def is_harmless(text: str) -> bool:
    return not any(character in STEERING for character in text)


def test_every_character_that_steers_is_spelled_out_and_no_other_is() -> None:
    assert [one for one in STEERING if printable(one) == one] == []
    assert all(is_harmless(printable(one)) for one in STEERING)
    plain = "".join(
        chr(one) for one in range(sys.maxunicode + 1) if unicodedata.category(chr(one)) not in {*SORTS, "Cn"}
    )
    assert printable(plain + "\n\t") == plain + "\n\t"


def test_what_is_spelled_out_in_a_json_string_is_read_back_as_it_was() -> None:
    for character in STEERING:
        written = printable(json.dumps({"name": f"臺\\{character}中"}, ensure_ascii=False))
        assert json.loads(written) == {"name": f"臺\\{character}中"}


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_printed_anywhere_steers_a_terminal(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> None:
    def act() -> None:
        sys.stdout.write(HOSTILE)
        say(HOSTILE)
        answer({"x": HOSTILE}, lambda: "", as_json=True)
        answer(None, lambda: HOSTILE, as_json=False)

    out, err = shown(act, monkeypatch=monkeypatch, terminal=terminal)
    assert is_harmless(out)
    assert is_harmless(err)
    assert "\\u001b[31mred" in out
    assert "\\u001b[31mred" in err


@pytest.mark.parametrize("terminal", [True, False])
def test_a_table_has_our_colours_and_nobody_elses(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    table = Table("one", "two", title=HOSTILE, caption=HOSTILE)
    table.add_row(HOSTILE, Text(HOSTILE, "red"))
    out, _ = shown(lambda: print_rich(table), monkeypatch=monkeypatch, terminal=terminal)
    ours = out
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[3m", "\x1b[2;3m", "\x1b[31m"):  # bold heads, the red cell
        ours = ours.replace(code, "")
    assert is_harmless(ours)
    assert ("\x1b[31m" in out) is terminal
    assert "[bold]" in "".join(out.split())
    assert ":smile:" in "".join(out.split())


def test_an_answer_that_cannot_be_written_is_reported_and_progress_is_not_waited_for() -> None:
    with pytest.raises(OutsideError, match="cannot be written to standard output: No space left on device"):
        Outlet(FullStream(), strict=True).write("x")
    with pytest.raises(OutsideError, match="it is closed"):
        Outlet(None, strict=True).write("x")
    assert Outlet(FullStream(), strict=False).write("x") == 1
    assert Outlet(None, strict=False).write("x") == 1


def test_a_line_feed_steers_where_one_line_is_wanted() -> None:
    assert [steers(text) for text in ("臺中 (a)", "a\nb", "a\tb", "a\x1bb")] == [False, True, True, True]
