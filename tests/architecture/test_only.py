"""The kinds of --only stand on the front page."""

import re

from commands.program import CityProgram
from groundwork.estate.selection import KINDS


def test_the_front_page_says_every_kind_once() -> None:
    words = re.findall(r"[a-z]+", CityProgram.FRONT_PAGE.partition("--only KIND:VALUE")[2])
    assert [kind for kind in KINDS if kind not in words] == []
