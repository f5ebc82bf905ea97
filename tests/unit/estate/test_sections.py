"""The sections are listed once: what the estate holds of each is made, shown and counted from that list."""

from dataclasses import fields

from groundwork.estate.draft import Draft
from groundwork.estate.estate import Estate
from groundwork.estate.sections import SECTIONS


def test_every_section_is_a_part_of_the_draft_and_of_the_estate() -> None:
    parts = [one.part for one in SECTIONS]
    assert sorted(one.name for one in fields(Draft)) == sorted(parts)
    held = {one.name for one in fields(Estate) if str(one.type).startswith("dict[")}
    assert held - {"windows"} == {one.part for one in SECTIONS if one.kind} == set(parts) - {"city"}  # in city.yaml


def test_a_word_names_one_section() -> None:
    words = [one.shown for one in SECTIONS if one.shown]
    assert len(words) == len(set(words))
