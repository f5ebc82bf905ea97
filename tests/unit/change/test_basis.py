"""A track looks at what it was decided on before its first change."""

from dataclasses import replace

import pytest

from groundwork.change.basis import (
    CheckBasis,
    Drifted,
    MovedError,
    check_basis,
    compare_tracks,
    moves_alone,
    with_checks,
)
from groundwork.change.outcome import MOVED, Failure, StepOutcome, TrackOutcome
from groundwork.change.plan import Track, Unread, Wave
from groundwork.change.step import Step
from groundwork.change.walk import carry_out, walk_share
from tests.builders.toy_steps import plan, track, wave

SEEN = "a" * 64


class Reader:
    """A performer whose targets look as `seen` says."""

    def __init__(self, **seen: str) -> None:
        self.seen = seen

    def read_basis(self, target: str) -> str:
        return self.seen[target.rpartition("/")[2]]


def test_each_track_with_a_basis_begins_with_a_look_at_it_and_no_other() -> None:
    wanted = plan(wave("one", replace(track("a", "b"), basis=SEEN), track("c")))
    assert [step.describe() for *_, step in with_checks(wanted).steps()] == [
        "see that a is still what was planned on",
        "write a",
        "write b",
        "write c",
    ]


def test_what_has_moved_is_refused_in_words_and_what_has_not_is_not() -> None:
    step = CheckBasis(of="here/file/a", basis=SEEN)
    check_basis(Reader(a=SEEN), step)
    with pytest.raises(MovedError, match="here/file/a is no longer what its steps were decided on") as caught:
        check_basis(Reader(a="b" * 64), step)
    assert caught.value.exit_code == 3
    assert type(caught.value).__name__ == MOVED


def test_a_performer_that_cannot_look_again_never_passes() -> None:
    with pytest.raises(TypeError, match="has no read_basis"):
        check_basis(object(), CheckBasis(of="here/file/a", basis=SEEN))


def test_a_plan_needs_no_look_at_the_whole_when_each_track_looks_for_itself() -> None:
    own = replace(track("a"), basis=SEEN)
    assert moves_alone(plan(wave("one", own)))
    assert not moves_alone(plan(wave("one", own, track("b"))))
    assert not moves_alone(plan())
    assert not moves_alone(plan(wave("one", replace(own, steps=(), always=own.steps)))), "nothing would look first"


class Refusing:
    """A Run in which targets named in `moved` have moved, and those in `broken` fail otherwise."""

    def __init__(self, *, moved: tuple[str, ...] = (), broken: tuple[str, ...] = ()) -> None:
        self.moved, self.broken = moved, broken

    def carry_out_wave(self, wave: Wave) -> tuple[TrackOutcome, ...]:
        return tuple(outcome for share in wave.shares for outcome in walk_share(share, self.perform))

    def perform(self, step: Step) -> StepOutcome:
        name = step.target.rsplit("/", 1)[1]
        error = MOVED if name in self.moved else "OutsideError" if name in self.broken else ""
        failure = Failure(error=error, message="no", hint="look", exit_code=3) if error else None
        return StepOutcome(kind=step.kind, target=step.target, started="", ended="", failure=failure)


def test_a_refused_track_does_not_stop_the_waves_after_it_and_a_failed_one_does() -> None:
    wanted = plan(wave("one", track("a")), wave("two", track("b")))
    outcome = carry_out(wanted, Refusing(moved=("a",)))
    assert not outcome.stopped
    assert [track.moved for track in outcome.tracks] == [True, False]
    assert len(outcome.failures) == 1, "it is a failure all the same"
    assert carry_out(wanted, Refusing(broken=("a",))).stopped


def test_a_saved_plan_s_tracks_are_compared_with_those_decided_now() -> None:
    def known(name: str, *steps: str, basis: str = SEEN) -> Track:
        return replace(track(*(steps or (name,))), name=name, basis=basis)

    saved = plan(
        wave("one", known("same"), known("moved"), known("other", "old"), known("done"), known("gone", "x", "y"))
    )
    now = plan(wave("one", known("same"), known("moved", basis="b" * 64), known("other", "new")))
    asked: list[tuple[str, str]] = []

    def read(site: str, target: str) -> str:
        asked.append((site, target))
        return SEEN if target.endswith("/done") else "c" * 64

    drifted = compare_tracks(saved, now, read)
    site = saved.waves[0].shares[0].site
    assert drifted == Drifted(moved=(f"{site}: moved", f"{site}: gone"), replanned=(f"{site}: other", f"{site}: done"))
    assert [target.rpartition("/")[2] for _, target in asked] == ["done", "x"], "by the target of its first step"
    hidden = replace(now, unread=(Unread(source=site, message="away", hint="", exit_code=5),))
    assert compare_tracks(saved, hidden, read) == Drifted()
