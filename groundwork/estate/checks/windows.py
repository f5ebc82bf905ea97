"""Whether a city's maintenance windows have clocks to go by, and no operation has two."""

from collections.abc import Iterator

from groundwork.estate.draft import Draft
from groundwork.files.fault import Fault


def check_windows(draft: Draft) -> Iterator[Fault]:
    """Each operation has one window at most, and windows go by the city's time zone."""
    for city in draft.city:
        if city.form.windows and city.form.timezone is None:
            what = "windows go by the city's clocks, and no time zone is stated"
            yield city.fault(what, "add one like `timezone: Asia/Taipei`", "windows")
        ruled: set[str] = set()
        for position, window in enumerate(city.form.windows):
            if window.operation in ruled:
                what = f"operation {window.operation} has a window already"
                yield city.fault(what, "put all its times into one", "windows", position, "operation")
            ruled.add(window.operation)
