"""The engine's rows read as records: what a workflow's status, its shares and its steps say of a run."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from dbos import StepInfo, WorkflowStatus

from groundwork.change.plan import Share
from groundwork.run.lane_rows import ENDED, ShareRows, is_performed, order_of_time
from groundwork.run.naming import order_of_share
from groundwork.run.record import RunRecord, RunStatus, StageRecord, StepRecord
from groundwork.run.saved import Document, read_permit, read_step_outcome
from groundwork.run.unbegun import Walked, WalkedLanes, WalkedShare, count_steps, list_not_begun
from groundwork.run.undo import BegunShare, BegunTrack


def read_run_record(row: WorkflowStatus, *, alive: bool, stages: tuple[StageRecord, ...] = ()) -> RunRecord:
    """A run's record; `alive` says that a process is at work on it."""
    about: Document = row.attributes or {}
    concluded = cast("Document", row.output or {}) if row.status == "SUCCESS" else {}
    exit_code = concluded.get("exit_code", 1 if row.status == "ERROR" else None)
    status = _status(row.status, exit_code=exit_code, cancelled="cancel_reason" in about, alive=alive)
    return RunRecord(
        id=row.workflow_id,
        operation=about.get("operation", ""),
        city=about.get("city", ""),
        title=about.get("title", ""),
        reason=about.get("reason", ""),
        started_by=about.get("started_by", ""),
        version=row.app_version or "",
        status=status,
        started=_moment(row.created_at) or "",
        ended=_moment(row.completed_at) if status in {"succeeded", "failed", "cancelled"} else None,
        exit_code=exit_code,
        summary=concluded.get("summary", {}),
        undo_of=about.get("undo_of"),
        undone_by=about.get("undone_by"),
        cancel_reason=about.get("cancel_reason"),
        resumed=tuple(about.get("resumed", ())),
        stages=stages,
        permit=read_permit(about.get("permit")),
    )


def read_stages(plans: Sequence[Document], shares: Iterable[ShareRows]) -> tuple[StageRecord, ...]:
    """The stages of a run from the plans it saved, and from its shares (in order) with their steps."""
    found: dict[int, list[StepRecord]] = {}
    walked: dict[int, dict[tuple[int, str], Walked]] = {}
    for share in shares:
        stage, wave, site = order_of_share(share.row.workflow_id)
        steps, came = _read_lanes(site, share) if share.lanes else _read_in_order(site, share)
        found.setdefault(stage, []).extend(steps)
        walked.setdefault(stage, {})[wave, site] = came
    return tuple(
        StageRecord(
            number=number,
            title=str(saved["title"]),
            planned=count_steps(saved),
            steps=tuple(found.get(number, ())),
            not_begun=list_not_begun(saved, walked.get(number, {})),
        )
        for number, saved in enumerate(plans, start=1)
    )


def read_begun(rows: ShareRows, share: Share) -> BegunShare:
    """What was begun of a share, as an undo needs to know it."""
    stage, wave, _ = order_of_share(rows.row.workflow_id)
    performed = [step for step in rows.steps if is_performed(step)]
    return BegunShare(
        stage=stage,
        wave=wave,
        share=share,
        outcomes=tuple(read_step_outcome(cast("Document", step["output"])["outcome"]) for step in performed),
        in_flight=may_be_in_flight(rows.row, performed),
        tracks=tuple(
            BegunTrack(
                number=track.number,
                outcomes=track.outcomes,
                ended=tuple(int(step["turn"]) for step in track.steps),
                in_flight=track.in_flight,
            )
            for track in rows.taken()
        ),
    )


def may_be_in_flight(share: WorkflowStatus, steps: Sequence[StepInfo]) -> bool:
    """Whether one more step than those recorded may have been begun: not when the share was put down between two."""
    times = int((share.attributes or {}).get("times", 0))
    last = [cast("dict[str, int]", step["output"]).get("times", 1) for step in steps if is_performed(step)][-1:]
    return share.status not in ENDED and times >= max(last, default=1)


def _read_in_order(site: str, share: ShareRows) -> tuple[list[StepRecord], Walked]:
    """A share's steps in order; each time the share was taken up anew, the next step was begun once more."""
    read: list[StepRecord] = []
    before = 1
    for step in filter(is_performed, share.steps):
        times = int(cast("dict[str, int]", step["output"]).get("times", before))
        read.append(replace(read_step(site, step), attempts=times - before + 1))
        before = times
    failed = tuple(step.failure is not None for step in read)
    return read, WalkedShare(failed=failed, in_flight=may_be_in_flight(share.row, share.steps))


def _read_lanes(site: str, share: ShareRows) -> tuple[list[StepRecord], Walked]:
    """The steps of a share's lanes in the order of time; a lane that was resumed began its next step once more."""
    tracks = share.taken()
    before = {track.number: track.times for track in tracks}
    read: list[StepRecord] = []
    for track, saved in order_of_time(tracks):
        times = int(saved.get("times", 1))
        read.append(replace(_read_output(site, saved), attempts=times - before[track.number] + 1))
        before[track.number] = times
    ended_badly = (track.number for track in tracks if any(one.failure for one in track.outcomes))
    return read, WalkedLanes(begun=frozenset(before), failed=frozenset(ended_badly))


def read_step(site: str, step: StepInfo) -> StepRecord:
    """One performed step."""
    return _read_output(site, cast("Document", step["output"]))


def _read_output(site: str, saved: Document) -> StepRecord:
    outcome = read_step_outcome(saved["outcome"])
    return StepRecord(
        site=site,
        kind=outcome.kind,
        target=outcome.target,
        description=str(saved["description"]),
        started=outcome.started,
        ended=outcome.ended,
        result=outcome.result,
        failure=outcome.failure,
        rolls_back=saved.get("part") == "roll-back",
    )


def _status(state: str, *, exit_code: int | None, cancelled: bool, alive: bool) -> RunStatus:
    """A cancelled run's last word is that: whatever its last step came to, it was taken back."""
    if cancelled:
        return "cancelled"
    if state in ENDED:
        return "succeeded" if exit_code == 0 else "failed"
    return "running" if alive else "interrupted"


def _moment(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
