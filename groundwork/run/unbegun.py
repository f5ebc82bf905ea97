"""Which tracks of a stage were never begun, read from the plan that was saved and the steps that were recorded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from groundwork.change.outcome import NotBegun
from groundwork.change.schedule import why_not_begun

WaveSite = tuple[int, str]  # a share's wave, counted from 1, and its site


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkedShare:
    """What is recorded of a share: of each step that ended whether it failed, and whether one more may be in flight."""

    failed: tuple[bool, ...]
    in_flight: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkedLanes:
    """What is recorded of a share that goes on lanes: the numbers of the tracks that were begun, and failed."""

    begun: frozenset[int]
    failed: frozenset[int]


Walked: TypeAlias = WalkedShare | WalkedLanes


def list_not_begun(saved: Mapping[str, Any], walked: Mapping[WaveSite, Walked]) -> tuple[NotBegun, ...]:
    """The tracks of a saved plan of which no step was begun; `saved` is the plan as StepCodec.encode_plan gives it.

    It is read without its codec, so that a record of any version is shown.
    """
    return tuple(
        NotBegun(wave=wave["name"], site=share["site"], track=track, reason=reason)
        for number, wave in enumerate(saved["waves"], start=1)
        for share in wave["shares"]
        for track, reason in _left(share["tracks"], walked.get((number, share["site"])))
    )


def count_steps(saved: Mapping[str, Any]) -> int:
    """How many steps a saved plan has."""
    tracks = (track for wave in saved["waves"] for share in wave["shares"] for track in share["tracks"])
    return sum(len(track["steps"]) + len(track["always"]) for track in tracks)


def _left(tracks: list[dict[str, Any]], walked: Walked | None) -> Iterator[tuple[str, str]]:
    """The names of the tracks that were not begun, each with what is known of the reason."""
    if isinstance(walked, WalkedLanes):
        needs = {track["name"]: track.get("needs", ()) for track in tracks}
        reasons = why_not_begun(needs, (tracks[number]["name"] for number in walked.failed))
        for number, track in enumerate(tracks):
            if number not in walked.begun and (track["steps"] or track["always"]):
                yield track["name"], reasons.get(track["name"], "")
    else:
        yield from ((name, "") for name in _left_in_order(tracks, walked))


def _left_in_order(tracks: list[dict[str, Any]], walked: WalkedShare | None) -> Iterator[str]:
    """Walk the tracks as the run did, and give the names of those it did not come to."""
    steps = list(walked.failed) if walked else []
    in_flight = walked is not None and walked.in_flight
    for track in tracks:
        if steps:
            in_flight = _consume(track, steps) and in_flight
        elif track["steps"] or track["always"]:
            if not in_flight:
                yield track["name"]
            in_flight = False


def _consume(track: dict[str, Any], steps: list[bool]) -> bool:
    """Take the track's own steps from those recorded; whether it came to its end."""
    for _ in track["steps"]:
        if not steps:
            return False
        if steps.pop(0):
            break
    ended = len(steps) >= len(track["always"])
    del steps[: len(track["always"])]
    return ended
