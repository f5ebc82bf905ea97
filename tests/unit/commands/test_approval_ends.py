"""Until when an approval counts: said once, with its zone, and ahead of now."""

from datetime import UTC, datetime, timedelta

import pytest

from commands.approvals import _ends
from groundwork.errors import UsageError
from groundwork.shell.clock import SystemClock


@pytest.mark.parametrize(("lasting", "hours"), [("8h", 8), ("2d", 48), ("90m", 1.5)])
def test_an_approval_lasts_from_now_on(lasting: str, hours: float) -> None:
    before = SystemClock().now()
    ends = _ends(lasting, "")
    assert before <= ends - timedelta(hours=hours) <= SystemClock().now()
    assert ends.tzinfo is UTC


def test_a_moment_with_a_zone_is_kept_in_utc() -> None:
    assert _ends("", "2999-12-01T18:00+08:00") == datetime(2999, 12, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lasting", "until", "why"),
    [
        ("", "", "is said once"),
        ("8h", "2999-12-01T18:00+08:00", "is said once"),
        ("soon", "", "'soon' is no time"),
        ("", "tomorrow", "'tomorrow' is no time"),
        ("99999999999d", "", "is no time"),
        ("", "2999-12-01T18:00", "names no zone"),
        ("", "2020-12-01T18:00+08:00", "is over already"),
    ],
)
def test_what_is_no_time_ahead_is_wrong_usage(lasting: str, until: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        _ends(lasting, until)
