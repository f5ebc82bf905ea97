from dataclasses import replace
from io import StringIO

from rich.console import Console

from commands.run_tables import run_table, runs_table, took
from groundwork.change.outcome import Failure, NotBegun
from groundwork.run.record import RunRecord, StageRecord, StepRecord

BEGAN = "2026-11-26T01:07:12+00:00"
PARAGRAPH = "Fatal: unable to open repository at rest:https://10.10.0.20:8000/: dial tcp 10.10.0.20:8000: connect"


def step(machine: str, *, failed: bool) -> StepRecord:
    reported = f"central's repository: storing {machine}/disk-0.vmdk: it does not answer ({PARAGRAPH}: refused)"
    return StepRecord(
        site="central",
        kind="backup.store-point",
        target=f"central/point/{machine}",
        description=f"store the disks of {machine} (2 vCPUs, 4096 MiB) in the repository of central",
        started=BEGAN,
        ended="2026-11-26T01:08:14+00:00",
        failure=Failure(error="UnreachableError", message=reported, hint="look at the road", exit_code=5)
        if failed
        else None,
    )


RECORD = RunRecord(
    id="20261126-010712-backup-1f62",
    operation="backup.run",
    city="taichung",
    title="back up 5 machines",
    reason="nightly",
    started_by="ops@desk",
    status="failed",
    started=BEGAN,
    ended="2026-11-26T01:10:15+00:00",
    exit_code=5,
    summary={"points": [{}], "failed": {"web-01": "…"}, "unread": {"nchc": "the vCenter of nchc does not answer"}},
    stages=(
        StageRecord(
            number=1,
            title="back up 5 machines",
            planned=5,
            steps=(step("web-01", failed=True), step("web-02", failed=True), step("db-01", failed=False)),
            not_begun=(NotBegun(wave="batch 1", site="central", track="app-01"),),
        ),
    ),
)
SHOWN = """\
20261126-010712-backup-1f62  failed (exit code 5)
back up 5 machines
reason: nightly
backup.run of taichung, started by ops@desk
began 2026-11-26 01:07:12 UTC, took 3 min 3 s
summary: points 1

what went wrong
nchc could not be read: the vCenter of nchc does not answer
central's repository: storing …/disk-0.vmdk: it does not answer
  2 times: web-01, web-02
  what to do: look at the road

not begun, because too many others failed: 1 track of stage 1
  batch 1, central: app-01

   site     step                                                       took
✗  central  store the disks of web-01 (2 vCPUs, 4096 MiB) in the       1 min 2 s
            repository of central
✗  central  store the disks of web-02 (2 vCPUs, 4096 MiB) in the       1 min 2 s
            repository of central
✓  central  store the disks of db-01 (2 vCPUs, 4096 MiB) in the        1 min 2 s
            repository of central
"""


def shown(table: object) -> str:
    page = StringIO()
    Console(file=page, width=80).print(table)
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def test_a_run_is_shown_with_what_went_wrong_first_and_once_for_each_cause() -> None:
    assert shown(run_table(RECORD)) == SHOWN


def test_a_long_run_is_summed_up_unless_every_step_is_asked_for() -> None:
    many = tuple(step(f"m-{number}", failed=number < 3) for number in range(100))
    long = replace(RECORD, stages=(replace(RECORD.stages[0], steps=many),))
    assert "1      central  backup.store-point  97    3       1 min 2 s" in shown(run_table(long))
    assert f"100 steps; each of them: inv runs.show {RECORD.id} --steps" in shown(run_table(long))
    assert shown(run_table(long, every_step=True)).count("store the disks of") == 100


def test_ids_and_states_are_whole_in_eighty_columns_and_the_reason_is_what_is_cut_off() -> None:
    undo = replace(RECORD, id=f"{RECORD.id}-undo", status="interrupted", reason="a very long story " * 9)
    lines = shown(runs_table([RECORD, undo])).splitlines()
    assert lines[1].split() == [RECORD.id, "backup.run", "failed", "nightly"]
    assert lines[2].split()[:3] == [undo.id, "backup.run", "interrupted"]
    assert lines[2].endswith("…")
    assert max(map(len, lines)) <= 80


def test_how_a_run_stopped_says_what_can_be_done_about_it() -> None:
    stopped = replace(RECORD, status="interrupted", ended=None, exit_code=None, version="2")
    assert f"go on with it:   inv runs.resume {RECORD.id}" in shown(run_table(stopped))
    assert "runs.resume" not in shown(run_table(replace(stopped, version="1")))
    cancelled = replace(stopped, status="cancelled", cancel_reason="wrong site", undone_by=f"{RECORD.id}-undo")
    reported = shown(run_table(cancelled))
    assert "runs.resume" not in reported
    assert f"cancelled: wrong site\nundone by {RECORD.id}-undo" in reported


def test_a_time_span_is_reported_as_a_person_says_it() -> None:
    assert [took(BEGAN, end) for end in ("2026-11-26T01:07:12.25+00:00", "2026-11-26T04:09:12+00:00", None)] == [
        "0.2 s",
        "3 h 2 min",
        "—",
    ]
