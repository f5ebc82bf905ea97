"""Old runs leave the ledger with all that the engine kept of them; what something rests on stays, and so do metrics."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOSClient

from commands.program import main
from exporters.sources import BackupFacts, DrillFacts, HopFacts
from groundwork.errors import RefusedError, UsageError
from groundwork.run.ledger import open_ledger
from groundwork.store.location import LedgerLocation
from tests.builders.estate_values import small_estate
from tests.builders.many_runs import lay_down_many_runs
from tests.builders.old_ledger import CANCELLED, INTERRUPTED

RUNS = 400
OLDER_MS = 400 * 86_400_000
MOMENTS = {
    "workflow_status": ("created_at", "updated_at", "completed_at"),
    "operation_outputs": ("started_at_epoch_ms", "completed_at_epoch_ms"),
}
KEYS = {
    "workflow_status": "workflow_uuid",
    "workflow_input": "workflow_uuid",
    "workflow_output": "workflow_uuid",
    "operation_outputs": "workflow_uuid",
    "notifications": "destination_uuid",
    "workflow_events": "workflow_uuid",
    "workflow_events_history": "workflow_uuid",
    "streams": "workflow_uuid",
}


@dataclass
class City:
    """A city whose runs all ended more than 400 days ago."""

    location: LedgerLocation
    settings: Path
    capsys: pytest.CaptureFixture[str]

    def prune(self, *words: str, ends: int = 0) -> tuple[Any, str]:
        self.capsys.readouterr()
        assert main(["runs.prune", "--json", *words, "--settings", str(self.settings)]) == ends
        said = self.capsys.readouterr()
        return (json.loads(said.out) if said.out else None), said.err

    def live(self) -> Any:  # noqa: ANN401 - a JSON document
        return self.prune("--live", "--reason", "yearly")[0]

    def runs(self) -> list[str]:
        with open_ledger(self.location) as ledger:
            return [one.id for one in ledger.list_runs()]

    def metrics(self) -> list[object]:
        with open_ledger(self.location) as ledger:
            return [facts().read(ledger, small_estate()) for facts in (BackupFacts, HopFacts, DrillFacts)]

    def ask(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.location.file)) as connection, connection:
            return connection.execute(statement).fetchall()

    def rows(self) -> dict[str, int]:
        return {table: self.ask(f"SELECT count(*) FROM {table}")[0][0] for table in KEYS}  # noqa: S608 - our names

    def kept_of(self, run: str) -> int:
        """The engine's rows of a run, of its shares and its lanes."""
        return sum(
            self.ask(f"SELECT count(*) FROM {table} WHERE {key} = '{run}' OR {key} LIKE '{run}/%'")[0][0]  # noqa: S608
            for table, key in KEYS.items()
        )


@pytest.fixture
def city(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> City:
    settings = tmp_path / "settings.yaml"
    settings.write_text("city: taichung\nstate: .\n", encoding="utf-8")
    made = City(location=lay_down_many_runs(tmp_path, RUNS), settings=settings, capsys=capsys)
    for table, columns in MOMENTS.items():
        made.ask(f"UPDATE {table} SET {', '.join(f'{one} = {one} - {OLDER_MS}' for one in columns)}")  # noqa: S608
    return made


def test_a_rehearsal_shows_what_would_go_and_touches_nothing(city: City) -> None:
    before, rows = city.runs(), city.rows()
    document, said = city.prune(ends=2)
    assert "a rehearsal: nothing was touched" in said
    assert len(document["runs"]) + len(document["staying"]) == len(before)
    assert (city.runs(), city.rows()) == (before, rows)
    assert city.prune("--days", "500")[0]["runs"] == []


def test_old_runs_go_with_all_their_rows_and_the_file_shrinks(city: City) -> None:
    metrics, before = city.metrics(), city.location.file.stat().st_size
    planned = {one["id"] for one in city.prune(ends=2)[0]["runs"]}
    document = city.live()
    assert {one["id"] for one in document["runs"]} == planned
    assert len(planned) > RUNS * 0.9
    assert set(city.runs()).isdisjoint(planned)
    assert {city.kept_of(run) for run in planned} == {0}
    assert city.metrics() == metrics
    assert city.location.file.stat().st_size < before / 2
    assert document["ledger_bytes"]["after"] < document["ledger_bytes"]["before"] / 2
    assert city.live()["runs"] == []


def test_what_something_rests_on_stays_with_its_reason(city: City) -> None:
    staying: dict[str, set[str]] = {}
    for one in city.live()["staying"]:
        staying.setdefault(one["why"], set()).add(one["id"])
    assert staying["not at its end"] == {INTERRUPTED}
    assert len(staying["a drill: its report is rendered from it"]) == 1 + RUNS // 100
    assert len(staying["a metric rests on it"]) == 2  # of the backups and of the replications
    assert len(staying["the newest that succeeded of its operation"]) == 2  # the toy's, and a replication
    assert set(city.runs()) == set().union(*staying.values())
    assert CANCELLED not in city.runs()
    assert f"{CANCELLED}-undo" not in city.runs()


def test_a_fact_that_only_an_old_run_knows_stays_with_it(city: City) -> None:
    known_by = city.ask("SELECT workflow_uuid FROM workflow_status WHERE workflow_uuid LIKE '%backup-c0e1-300'")[0][0]
    web, another = '"machine":"pass-web-01"', '"machine":"pass-web-09"'
    city.ask(
        f"UPDATE workflow_output SET output = replace(output, '{web}', '{another}') "  # noqa: S608 - our own names
        f"WHERE workflow_uuid <> '{known_by}'"
    )
    metrics = city.metrics()
    city.live()
    assert known_by in city.runs()
    assert city.metrics() == metrics


def test_a_run_that_was_taken_out_is_named_as_such_and_its_plan_stays_used(city: City) -> None:
    gone = city.prune(ends=2)[0]["runs"][0]["id"]
    with open_ledger(city.location) as ledger:
        ledger.use_plan("plan-1", gone)
    city.live()
    with open_ledger(city.location) as ledger:
        with pytest.raises(UsageError, match=f"run {gone} was taken out of the ledger .*: yearly"):
            ledger.read_run(gone)
        with pytest.raises(RefusedError, match="used already"):
            ledger.use_plan("plan-1", "another")


def test_locks_that_a_pruned_run_took_after_another_still_stand_against_that_one(city: City) -> None:
    gone = [one["id"] for one in city.prune(ends=2)[0]["runs"][:2]]
    with open_ledger(city.location) as ledger:
        ledger.fence(gone[0]).take(["site/alpha"])  # before the one that stays: nobody asks for it any more
        ledger.fence(INTERRUPTED).take(["site/beta"])
        ledger.fence(gone[1]).take(["site/beta"])
    city.live()
    with open_ledger(city.location) as ledger, pytest.raises(RefusedError, match=f"run {gone[1]} took site/beta"):
        ledger.fence(INTERRUPTED).take(["site/beta"])
    assert [run for (run,) in city.ask("SELECT run FROM cityops_locks_taken")] == [INTERRUPTED, gone[1]]


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_prune_that_was_killed_is_ended_by_the_next(city: City, done: int) -> None:
    half, metrics = city.prune(ends=2)[0]["runs"][0]["id"], city.metrics()
    city.ask(f"INSERT INTO cityops_pruned VALUES ('{half}', 1, 'a', 'b', 0)")  # noqa: S608 - the kill fell after this
    if done > 0:  # or after this
        city.ask(f"DELETE FROM cityops_runs WHERE id = '{half}'")  # noqa: S608 - our own names
    if done > 1:  # or after this
        client = DBOSClient(system_database_url=city.location.database_url)
        client.delete_workflows([half], delete_children=True)
        client.destroy()
    assert city.metrics() == metrics
    document, said = city.prune("--days", "500", ends=2)
    assert (document["half_gone"], "1 runs more are half gone" in said) == ([half], True)
    city.prune("--days", "500", "--live", "--reason", "yearly")
    assert (half in city.runs(), city.kept_of(half), city.prune("--days", "500")[0]["half_gone"]) == (False, 0, [])


def test_a_ledger_in_use_keeps_its_size_and_says_so(city: City) -> None:
    with closing(sqlite3.connect(city.location.file)) as reader:
        reader.execute("PRAGMA journal_mode = WAL")  # as each ledger has it that was made by a run
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM workflow_status").fetchall()
        _, said = city.prune("--live", "--reason", "yearly")
    assert "the ledger is in use" in said


@pytest.mark.parametrize(("words", "ends"), [(("--days", "3"), 1), (("--live",), 3)])
def test_what_is_too_young_and_what_has_no_reason_is_refused(city: City, words: tuple[str, ...], ends: int) -> None:
    before = city.rows()
    city.prune(*words, ends=ends)
    assert city.rows() == before


def test_a_city_without_a_ledger_has_nothing_to_prune(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("city: taichung\nstate: .\n", encoding="utf-8")
    assert main(["runs.prune", "--live", "--reason", "r", "--settings", str(settings)]) == 0
    assert "0 runs" in capsys.readouterr().out
