from dataclasses import replace

from groundwork.change.outcome import Failure, StepOutcome
from groundwork.change.turns import Turn, walk_track
from tests.builders.toy_steps import track


def walked(*broken: str, roll_back: bool) -> list[str]:
    """What is done of a track of three steps and a clean-up, of which some break."""
    done: list[str] = []

    def perform(turn: Turn) -> StepOutcome:
        done.append(f"{turn.part}: {turn.step.describe()}")
        failure = Failure(error="OutsideError", message="no", hint="look", exit_code=5)
        fails = turn.step.describe() in broken
        return StepOutcome(kind="", target="", started="", ended="", failure=failure if fails else None)

    outcomes = walk_track(replace(track("a", "b", "c", always=("z",)), roll_back=roll_back), perform)
    assert len(outcomes) == len(done)
    return done


def test_a_track_that_ends_well_takes_nothing_back() -> None:
    assert walked(roll_back=True) == ["step: write a", "step: write b", "step: write c", "always: erase z"]


def test_a_failure_skips_the_rest_and_only_a_track_that_says_so_takes_itself_back() -> None:
    assert walked("write b", roll_back=False) == ["step: write a", "step: write b", "always: erase z"]
    assert walked("write b", roll_back=True) == [
        "step: write a",
        "step: write b",
        "roll-back: erase b",
        "roll-back: erase a",
        "always: erase z",
    ]


def test_an_undo_that_fails_stops_neither_the_others_nor_the_clean_up() -> None:
    assert walked("write b", "erase b", roll_back=True)[2:] == [
        "roll-back: erase b",
        "roll-back: erase a",
        "always: erase z",
    ]
