"""When a window is open, by clocks that never change and by clocks that do."""

from datetime import UTC, datetime, timedelta

import pytest

from groundwork.errors import ConfigurationError
from groundwork.model.window import Window, is_weekly, is_zone


def moment(text: str) -> datetime:
    """ISO 8601 without a zone is UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(*times: str, zone: str = "Asia/Taipei") -> Window:
    return Window(zone=zone, times=times)


@pytest.mark.parametrize(
    ("times", "utc", "is_open"),
    [  # Taipei is UTC+8 all year; 2026-11-28 is a Saturday
        ("sat 22:00-04:00", "2026-11-28T13:59:59", False),
        ("sat 22:00-04:00", "2026-11-28T14:00", True),
        ("sat 22:00-04:00", "2026-11-28T19:59:59", True),  # Sunday morning by the city's clocks
        ("sat 22:00-04:00", "2026-11-28T20:00", False),
        ("sat 22:00-04:00", "2026-11-27T19:00", False),  # Saturday morning: Friday's night is none of it
        ("mon-fri 01:00-05:30", "2026-11-26T17:00", True),  # Friday 01:00 there, Thursday by UTC
        ("mon-fri 01:00-05:30", "2026-11-27T17:00", False),
        ("fri-mon 00:00-24:00", "2026-11-30T15:59", True),  # a range over the week's end
        ("fri-mon 00:00-24:00", "2026-11-30T16:00", False),
        ("sun 23:00-24:00", "2026-11-29T15:30", True),
        ("sun 23:00-24:00", "2026-11-29T16:00", False),
    ],
)
def test_a_window_is_open_by_the_city_s_clocks_from_its_beginning_up_to_its_end(
    times: str, utc: str, *, is_open: bool
) -> None:
    assert window(times).is_open(moment(utc)) is is_open


@pytest.mark.parametrize(
    ("times", "after", "opens"),
    [
        (("sat 22:00-04:00",), "2026-11-26T00:00", "2026-11-28T14:00"),
        (("sat 22:00-04:00",), "2026-11-28T14:00", "2026-12-05T14:00"),  # it opens now: the next is a week away
        (("sat 22:00-04:00", "tue 12:00-13:00"), "2026-11-28T20:00", "2026-12-01T04:00"),
        (("mon-sun 00:00-24:00",), "2026-11-28T15:59", "2026-11-28T16:00"),
    ],
)
def test_the_next_opening_is_the_nearest_of_all(times: tuple[str, ...], after: str, opens: str) -> None:
    assert window(*times).opens_after(moment(after)) == moment(opens)


@pytest.mark.parametrize(
    ("times", "opens", "closes"),
    [
        ("sat 22:00-04:00", "2026-03-28T21:00", "2026-03-29T02:00"),  # spring: five hours instead of six
        ("sat 22:00-04:00", "2026-10-24T20:00", "2026-10-25T03:00"),  # autumn: seven
        ("sun 01:00-02:30", "2026-03-29T00:00", "2026-03-29T01:30"),  # 02:30 is skipped: as much later, 03:30
        ("sun 02:30-03:00", "2026-10-25T00:30", "2026-10-25T02:00"),  # 02:30 twice: from the first
        ("sun 01:00-02:30", "2026-10-24T23:00", "2026-10-25T00:30"),  # up to the first
    ],
)
def test_where_clocks_change_a_window_begins_and_ends_as_they_show(times: str, opens: str, closes: str) -> None:
    berlin = window(times, zone="Europe/Berlin")
    assert berlin.opens_after(moment("2026-03-22T12:00" if "03-2" in opens else "2026-10-18T12:00")) == moment(opens)
    assert berlin.is_open(moment(opens))
    assert berlin.is_open(moment(closes) - timedelta(seconds=1))
    assert not berlin.is_open(moment(closes))


def test_an_opening_that_the_clocks_skip_is_left_out_and_the_next_one_is_named() -> None:
    berlin = window("sun 02:30-03:00", zone="Europe/Berlin")
    assert not berlin.is_open(moment("2026-03-29T01:15"))
    assert berlin.opens_after(moment("2026-03-29T00:00")) == moment("2026-04-05T00:30")


def test_a_moment_is_written_by_the_city_s_clocks_and_in_utc() -> None:
    one = window("sat 22:00-04:00", "sun 22:00-04:00")
    assert one.describe() == "sat 22:00-04:00, sun 22:00-04:00 (Asia/Taipei)"
    assert one.in_words(moment("2026-11-28T14:00")) == "sat 2026-11-28 22:00 Asia/Taipei (14:00 UTC)"


@pytest.mark.parametrize(
    "text",
    [
        *("", "sat", "22:00-04:00", "Sat 22:00-04:00", "sat 22-04", "sat 24:00-04:00", "sat 22:00-24:30"),
        *("sat-sat 22:00-04:00", "sat 22:00-22:00", "sat 22:00-00:00", "sat 22:00 - 04:00", "sat,sun 22:00-04:00"),
        *("sat 22:00-04:00\n", "saturday 22:00-04:00", "sat 7:00-08:00", "sat  22:00-04:00", "sat ２２:00-04:00"),
    ],
)
def test_what_is_no_weekly_time_is_none(text: str) -> None:
    assert not is_weekly(text)
    with pytest.raises(ConfigurationError, match="is no part of a window"):
        window(text)


@pytest.mark.parametrize("text", ["", "Asia", "Asia/Atlantis", "../etc/passwd", "/etc/localtime", "UTC+8", "Taipei "])
def test_what_is_no_zone_is_none(text: str) -> None:
    assert not is_zone(text)
    with pytest.raises(ConfigurationError, match="is no part of a window"):
        window("sat 22:00-04:00", zone=text)


def test_a_window_without_times_is_none() -> None:
    with pytest.raises(ConfigurationError):
        window()
