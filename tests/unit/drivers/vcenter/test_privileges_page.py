"""The how-to of a real city sends its reader to this page: it is what the driver calls, and nothing else."""

from commands.checkout import ROOT
from groundwork.drivers.vcenter.privileges import privileges, render_reference

REFERENCE = ROOT / "docs" / "reference" / "vcenter-privileges.md"
HOW_TO = ROOT / "docs" / "how-to" / "real-city.md"


def test_the_page_is_what_the_table_says() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == render_reference(), "run: inv dev.docs"


def test_the_how_to_names_how_many_privileges_there_are_and_leads_to_them() -> None:
    text = HOW_TO.read_text(encoding="utf-8")
    assert f"exactly {len(privileges())} privileges" in text
    assert "../reference/vcenter-privileges.md" in text
