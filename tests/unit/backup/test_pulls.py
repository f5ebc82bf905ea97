"""What is said of the files that a pull did not take."""

from backup.pulls import pull_lines
from groundwork.drivers.transfer.protocol import PullReport

CLEAN = PullReport(sender="alpha", receiver="beta", files=3, size_bytes=9, proven=3, refused=())


def test_nothing_is_said_of_a_clean_pull_and_one_line_of_strays() -> None:
    assert list(pull_lines(CLEAN)) == []
    strays = PullReport(
        sender="alpha", receiver="beta", files=3, size_bytes=9, proven=1, refused=("x",), foreign=("index/aa",)
    )
    (line,) = pull_lines(strays)
    assert line.startswith("beta left out files of alpha that are nobody's (1 refused, 1 foreign); ")


def test_what_waits_is_said_with_what_stays_good() -> None:
    waiting = PullReport(
        sender="alpha", receiver="beta", files=3, size_bytes=9, proven=1, refused=(), incomplete=("ab" * 32,), held=2
    )
    assert list(pull_lines(waiting)) == [
        "beta lacks something of 1 objects of alpha (abababababababab); its older points are good"
    ]
    held = PullReport(sender="alpha", receiver="beta", files=3, size_bytes=9, proven=1, refused=(), held=2)
    assert "2 files wait" in next(pull_lines(held))
