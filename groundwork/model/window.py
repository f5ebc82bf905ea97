"""A maintenance window: the weekly times, by a city's clocks, in which a change may be carried out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from groundwork.errors import ConfigurationError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"({'|'.join(DAYS)})"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
WEEKLY_PATTERN = rf"^{_DAY}(-(?!\1){_DAY})? ({_TIME})-(?!\4|00:00)({_TIME}|24:00)$"  # ECMA-262's as well as Python's
ZONE_PATTERN = "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*){0,2}$"
_AHEAD_DAYS = 15  # a clock change can take away one opening of a week, and none of the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Open at each of its `times`, ``sat 22:00-04:00`` or ``mon-fri 01:00-05:30``, by the clocks of the `zone`.

    A time belongs to the day it begins on, and ends on the next where its end is the earlier; 24:00 is midnight. What
    the clocks skip counts as so much later, and of what they show twice the first (RFC 5545, 3.3.5). Raises
    ConfigurationError for a zone that this machine does not know and for a time of another form.
    """

    zone: str
    times: tuple[str, ...]

    def __post_init__(self) -> None:
        wrong = [self.zone] if not is_zone(self.zone) else [one for one in self.times if not is_weekly(one)]
        if wrong or not self.times:
            raise ConfigurationError(
                f"{wrong[0] if wrong else self.times!r} is no part of a window",
                hint="a window has a time zone like Asia/Taipei and weekly times like sat 22:00-04:00",
            )

    def is_open(self, moment: datetime) -> bool:
        """Whether it is open at the moment (aware)."""
        return any(begins <= moment < ends for begins, ends in self._openings(moment))

    def opens_after(self, moment: datetime) -> datetime:
        """When it opens next after the moment (aware), in UTC."""
        return min(begins for begins, _ in self._openings(moment) if begins > moment)

    def state(self, moment: datetime) -> str:
        """Whether it is open at the moment (aware), or when it opens next, in words that follow ``which``."""
        if self.is_open(moment):
            return "is open now"
        return f"opens next on {self.in_words(self.opens_after(moment))}"

    def describe(self) -> str:
        """Its times and zone."""
        return f"{', '.join(self.times)} ({self.zone})"

    def in_words(self, moment: datetime) -> str:
        """The moment by the city's clocks and in UTC."""
        local = moment.astimezone(ZoneInfo(self.zone))
        return f"{DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M} {self.zone} ({moment.astimezone(UTC):%H:%M} UTC)"

    def _openings(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Those of the day before and of the days ahead, beginning and end in UTC."""
        zone = ZoneInfo(self.zone)
        today = datetime.combine(moment.astimezone(zone).date(), time())
        for day in (today + timedelta(days=days) for days in range(-1, _AHEAD_DAYS)):
            for days, begins, ends in map(_read, self.times):
                if day.weekday() in days:
                    opening = [(day + one).replace(tzinfo=zone).astimezone(UTC) for one in (begins, ends)]
                    if opening[0] < opening[1]:
                        yield opening[0], opening[1]


def is_weekly(text: str) -> bool:
    """Whether the text is a weekly time: days, and from when to when."""
    return re.fullmatch(WEEKLY_PATTERN, text) is not None


def is_zone(text: str) -> bool:
    """Whether the text names a time zone that this machine knows."""
    try:
        return re.fullmatch(ZONE_PATTERN, text) is not None and bool(ZoneInfo(text))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _read(weekly: str) -> tuple[frozenset[int], timedelta, timedelta]:
    """The days (0: Monday) of a weekly time, and how long after their midnight it begins and ends."""
    first, _, last, begins, ends = re.findall(WEEKLY_PATTERN, weekly)[0]
    start, length = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % len(DAYS)
    opened, closed = _since_midnight(begins), _since_midnight(ends)
    return (
        frozenset((start + day) % len(DAYS) for day in range(length + 1)),
        opened,
        closed if closed > opened else closed + timedelta(days=1),
    )


def _since_midnight(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
