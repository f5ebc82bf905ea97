"""Windows that no clock can go by, and two of one operation."""

from pathlib import Path

import pytest

from groundwork.estate.load import load_estate
from groundwork.model.window import Window
from tests.builders.estate_files import CITY, FILES, edited, fault_lines, write_city

CITY_FILE = FILES["city.yaml"]
STATED = """\
timezone: Asia/Taipei
windows:
  - operation: machines.apply
    times: [sat 22:00-04:00, mon-fri 01:00-05:30]
  - {operation: hosts.apply, times: [sun 00:00-24:00]}
"""
LIKE = "sat 22:00-04:00 or mon-fri 01:00-05:30, midnight at the end as 24:00"


def city(folder: Path, wrong: str = "", right: str = "") -> Path:
    """A city with two windows, one place of which is written otherwise."""
    assert wrong in STATED
    stated = CITY_FILE + STATED.replace(wrong, right) if wrong else CITY_FILE + STATED
    return write_city(folder, edited(("city.yaml", CITY_FILE, stated)))


def test_windows_are_read_by_operation_and_go_by_the_city_s_clocks(tmp_path: Path) -> None:
    assert load_estate(city(tmp_path), CITY).windows == {
        "machines.apply": Window(zone="Asia/Taipei", times=("sat 22:00-04:00", "mon-fri 01:00-05:30")),
        "hosts.apply": Window(zone="Asia/Taipei", times=("sun 00:00-24:00",)),
    }


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (
            "[sat 22:00-04:00, mon-fri 01:00-05:30]",
            "[sat 22-4]",
            f'7: "windows[0].times[0]" is "sat 22-4", not a weekly time; write one like {LIKE}',
        ),
        (
            "Asia/Taipei",
            "Asia/Taipeh",
            '4: "timezone" is "Asia/Taipeh", not a time zone of the IANA database; write one like Asia/Taipei',
        ),
        (
            "timezone: Asia/Taipei\n",
            "",
            "4: windows go by the city's clocks, and no time zone is stated; add one like `timezone: Asia/Taipei`",
        ),
        (
            "hosts.apply",
            "machines.apply",
            "8: operation machines.apply has a window already; put all its times into one",
        ),
        ("[sun 00:00-24:00]", "[]", '8: "windows[1].times" has too few items; write 1 or more'),
        (
            "[sun 00:00-24:00]",
            "[sun 00:00-24:00, sun 00:00-24:00]",
            '8: "windows[1].times" lists "sun 00:00-24:00" twice; keep one of the two',
        ),
    ],
)
def test_a_wrong_window_is_reported_with_file_and_line(tmp_path: Path, wrong: str, right: str, said: str) -> None:
    line, what = said.split(": ", 1)
    assert fault_lines(city(tmp_path, wrong, right)) == [f'city.yaml:{line}: city "toytown": {what}']
