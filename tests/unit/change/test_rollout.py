"""How a change spreads over many things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.change.codec import StepCodec
from groundwork.change.outcome import Failure, StepOutcome, TrackOutcome
from groundwork.change.plan import Plan, Share, Track, Wave
from groundwork.change.rollout import Rollout
from groundwork.change.walk import carry_out
from tests.builders.toy_steps import Write


@pytest.mark.parametrize(
    ("rollout", "count", "sizes"),
    [
        (Rollout(canary=5, growth=5), 336, [5, 25, 125, 181]),
        (Rollout(canary=5, growth=5), 5, [5]),
        (Rollout(canary=1, growth=2), 8, [1, 2, 4, 1]),
        (Rollout(canary=2, growth=1), 5, [2, 2, 1]),
        (Rollout(canary=3), 9, [3, 6]),
        (Rollout(canary=3, growth=3), 0, []),
    ],
)
def test_batches_grow_after_the_canary(rollout: Rollout, count: int, sizes: list[int]) -> None:
    assert [len(batch) for batch in rollout.batches(range(count), range(count))] == sizes


@given(st.integers(0, 9), st.integers(0, 4), st.lists(st.integers(), unique=True), st.data())
def test_everything_goes_once_and_the_chosen_first(
    canary: int, growth: int, things: list[int], data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(st.sampled_from(things), unique=True, min_size=1)) if things else []
    batches = list(Rollout(canary=canary, growth=growth).batches(things, chosen))
    assert sorted(one for batch in batches for one in batch) == sorted(things)
    assert all(batches)
    assert batches[:1] == [tuple(chosen[: canary or None])][: len(batches)]


@pytest.mark.parametrize(("count", "borne"), [(0, 0), (5, 0), (99, 0), (100, 1), (199, 1), (200, 2)])
def test_a_wave_bears_a_failure_in_so_many(count: int, borne: int) -> None:
    assert Rollout(things_per_failure=100).bears(count) == borne
    assert Rollout().bears(count) == 0


class Failing:
    """A run in which every track of each wave fails."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def carry_out_wave(self, wave: Wave) -> tuple[TrackOutcome, ...]:
        self.begun.append(wave.name)
        failure = Failure(error="OutsideError", message="away", hint="", exit_code=5)
        step = StepOutcome(kind="toy", target="t", started="", ended="", failure=failure)
        return tuple(TrackOutcome(name=track.name, site="a", steps=(step,)) for track in wave.shares[0].tracks)


@pytest.mark.parametrize(
    ("budgets", "begun"),
    [
        ((1, 0, 1), ["w0", "w1"]),
        ((0, 1, 1), ["w0"]),
        ((1, 1, 1), ["w0", "w1", "w2"]),
        ((None, None, 0), ["w0", "w1", "w2"]),
    ],
)
def test_a_wave_that_fails_beyond_its_own_budget_is_the_last(budgets: tuple[int | None, ...], begun: list[str]) -> None:
    share = Share(site="a", tracks=(Track(name="t", steps=()),))
    waves = tuple(Wave(name=f"w{n}", shares=(share,), failure_budget=one) for n, one in enumerate(budgets))
    plan = Plan(operation="toy", city="c", title="t", basis="", locks=(), waves=waves, failure_budget=9)
    codec, run = StepCodec(Write), Failing()
    carry_out(codec.decode_plan(codec.encode_plan(plan)), run)
    assert run.begun == begun


def test_a_wave_without_a_budget_is_saved_as_ever() -> None:
    plan = Plan(operation="toy", city="c", title="t", basis="", locks=(), waves=(Wave(name="w", shares=()),))
    assert StepCodec(Write).encode_plan(plan)["waves"] == [{"name": "w", "shares": []}]
