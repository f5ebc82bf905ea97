"""One grammar of --only, in the same words in every command that is limited to things of the estate."""

import re

from commands.checkout import ROOT
from commands.context import ONLY_HELP
from commands.program import CityProgram
from groundwork.estate.selection import KINDS

OF_OTHER_THINGS = {"test": "parts of the suite", "backup.clear-refused": "files of a repository"}


def test_every_only_is_helped_with_in_the_same_words() -> None:
    reference = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")  # as the program itself prints it
    sections = [part.split("\n", 1) for part in reference.split("\n## ")[1:]]
    helps = {
        name.removeprefix("inv ").strip("`"): re.search(r"--only=STRING` \| (.*) \|", text) for name, text in sections
    }
    said = {name: found[1] for name, found in helps.items() if found}
    assert {name for name, words in said.items() if words != ONLY_HELP} == set(OF_OTHER_THINGS)
    assert len(said) > len(OF_OTHER_THINGS)


def test_the_front_page_says_every_kind_once() -> None:
    words = re.findall(r"[a-z]+", CityProgram.FRONT_PAGE.partition("--only KIND:VALUE")[2])
    assert [kind for kind in KINDS if kind not in words] == []
