from dataclasses import replace
from io import StringIO

from rich.console import Console

from commands.conduct import plan_table
from groundwork.change.codec import StepCodec
from groundwork.change.plan import Unread
from tests.builders.toy_steps import Erase, Write, plan, track, wave

CODEC = StepCodec(Write | Erase)
SHOWN = """\
toy
wave  site  undo  step
—     nchc  —     not read: the vCenter of nchc does not answer, and this line
                  is longer than the column
one   here  yes   write a
one   here  —     erase b
      (how many steps, and the hashes)
"""


def test_a_plan_is_shown_with_what_could_not_be_read_and_what_can_be_undone() -> None:
    down = Unread(
        source="nchc",
        message="the vCenter of nchc does not answer, and this line is longer than the column",
        hint="look",
        exit_code=5,
    )
    wanted = replace(plan(wave("one", track("a", always=("b",)))), unread=(down,))
    page = StringIO()
    Console(file=page, width=80).print(plan_table(wanted, CODEC))
    shown = [line.rstrip() for line in page.getvalue().splitlines()]
    assert shown[:-1] == SHOWN.splitlines()[:-1]
    assert shown[-1].strip().startswith("2 steps · plan ")


def test_a_plan_that_saw_everything_and_has_no_step_says_so() -> None:
    page = StringIO()
    Console(file=page, width=80).print(plan_table(plan(), CODEC))
    assert page.getvalue() == "toy: nothing to do\n"
