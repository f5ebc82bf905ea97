import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from groundwork.errors import ConfigurationError, RefusedError, UsageError
from groundwork.run.engine import open_engine
from groundwork.run.ledger import open_ledger
from groundwork.run.locks import Holder
from groundwork.run.postgres_locks import PostgresLocks
from groundwork.store.location import LedgerLocation
from tests.builders.postgres_server import PostgresServer, running_postgres, why_no_postgres
from tests.builders.toy_program import CLOCK, ToyProgram, wait_until
from tests.builders.toy_run import ToyOrder

pytestmark = pytest.mark.skipif(bool(why_no_postgres()), reason=why_no_postgres() or "it is there")

SITES = {"central": ["a", "b"], "yangming": ["c"]}
WHOLE = ["central-a-1-1", "central-b-1-1", "yangming-c-1-1"]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_postgres() as started:
        yield started


@pytest.fixture
def toy(request: pytest.FixtureRequest, server: PostgresServer, tmp_path: Path) -> Iterator[ToyProgram]:
    program = ToyProgram(tmp_path, ToyOrder(sites=SITES, url=server.url_with_password, **getattr(request, "param", {})))
    yield program
    program.close()


def last_id(toy: ToyProgram) -> str:
    return toy.records()[0].id


@pytest.mark.parametrize("toy", [{"kill_before": 1}, {"kill_after": 2}, {"kill_before": 3}], indirect=True)
def test_a_killed_run_is_resumed_to_the_same_end_with_nothing_made_twice(toy: ToyProgram) -> None:
    assert toy.run("start").exit_code == -signal.SIGKILL
    assert toy.records()[0].status == "interrupted"
    done = toy.run("resume", last_id(toy))
    assert done.exit_code == 0, done.stderr
    assert (toy.made(), sorted(toy.making())) == (WHOLE, WHOLE)


@pytest.mark.parametrize("toy", [{"kill_after": 2}], indirect=True)
def test_a_killed_run_is_taken_back(toy: ToyProgram) -> None:
    toy.run("start")
    assert toy.run("cancel", last_id(toy)).exit_code == 0
    assert toy.made() == []


def test_two_runs_on_two_machines_do_not_meet_on_one_target(toy: ToyProgram, tmp_path: Path) -> None:
    elsewhere = ToyProgram(tmp_path / "elsewhere", toy.order)
    held = toy.hold("central-a-1-1")
    process = toy.start("start")
    wait_until("it works", lambda: bool(toy.begun()))
    refused = elsewhere.run("start")
    assert refused.exit_code == 3
    assert f"here/file/a is held by run {last_id(toy)}" in refused.stderr
    assert "(reason: a test)" in refused.stderr
    held.unlink()
    assert process.wait().exit_code == 0


def test_a_run_outlives_its_ledger_being_stopped_and_started(toy: ToyProgram, server: PostgresServer) -> None:
    held = toy.hold("central-b-1-1")
    process = toy.start("start")
    wait_until("it works", lambda: "central-b-1-1" in toy.begun())
    server.stop()
    try:
        held.unlink()
        wait_until("the step is over while the ledger is away", lambda: "central-b-1-1" in toy.made())
    finally:
        server.start()
    done = process.wait()
    assert done.exit_code == 0, done.stderr
    assert (toy.made(), sorted(toy.making())) == (WHOLE, WHOLE)


@pytest.mark.parametrize("toy", [{"workers": ["central", "yangming"]}], indirect=True)
def test_a_worker_killed_in_the_middle_and_started_again_brings_the_run_to_its_end(toy: ToyProgram) -> None:
    held = toy.hold("central-b-1-1")
    central, yangming = toy.start("serve", "central"), toy.start("serve", "yangming")
    process = toy.start("start")
    wait_until("central's worker is in the middle of its share", lambda: "central-b-1-1" in toy.begun())
    central.signal(signal.SIGKILL)
    held.unlink()
    again = toy.start("serve", "central")
    done = process.wait()
    assert done.exit_code == 0, done.stderr
    assert (toy.made(), sorted(toy.making())) == (WHOLE, WHOLE)
    assert "central: write central-b-1-1" in done.stderr
    for worker in (again, yangming):
        worker.signal(signal.SIGTERM)
        assert worker.wait().exit_code == 0


@pytest.mark.parametrize("toy", [{"workers": ["central", "yangming"]}], indirect=True)
def test_a_command_killed_while_workers_work_is_resumed_and_keeps_its_targets_meanwhile(
    toy: ToyProgram, tmp_path: Path
) -> None:
    held = toy.hold("central-b-1-1")
    workers = [toy.start("serve", "central"), toy.start("serve", "yangming")]
    process = toy.start("start")
    wait_until("central's worker is in the middle of its share", lambda: "central-b-1-1" in toy.begun())
    process.signal(signal.SIGKILL)
    wait_until("the command is gone", lambda: not Path(f"/proc/{process.pid}/exe").exists())
    assert ToyProgram(tmp_path / "elsewhere", toy.order).run("start").exit_code == 3
    held.unlink()
    done = toy.run("resume", last_id(toy))
    assert done.exit_code == 0, done.stderr
    assert (toy.made(), sorted(toy.making())) == (WHOLE, WHOLE)
    for worker in workers:
        worker.signal(signal.SIGTERM)
        assert worker.wait().exit_code == 0


@pytest.mark.parametrize("toy", [{"workers": ["central", "yangming"]}], indirect=True)
def test_a_worker_waits_for_a_target_that_another_run_holds_and_then_leaves_the_overtaken_share_undone(
    toy: ToyProgram, server: PostgresServer, tmp_path: Path
) -> None:
    elsewhere = ToyProgram(tmp_path / "elsewhere", ToyOrder(sites=SITES, url=toy.order.url))
    process = toy.start("start")
    wait_until("its shares are enqueued", lambda: bool(toy.records()) and len(share_waits(toy, last_id(toy))) == 2)
    process.signal(signal.SIGKILL)
    wait_until("nobody holds its targets", lambda: toy.records()[0].status == "interrupted")
    run_id, held = last_id(toy), elsewhere.hold("central-a-1-1")
    other = elsewhere.start("start")
    wait_until("the other run works", lambda: "central-a-1-1" in elsewhere.begun())
    workers = [toy.start("serve", "central"), toy.start("serve", "yangming")]
    wait_until("both workers ask for its locks", lambda: sessions_of(server, run_id) >= len(workers), seconds=120)
    CLOCK.sleep(1)
    assert toy.begun() == []
    held.unlink()
    assert other.wait().exit_code == 0
    refused = toy.run("resume", run_id)
    assert refused.exit_code == 3
    later = elsewhere.records()[0].id
    overtaken = f"run {run_id} cannot go on: run {later} took here/file/a after it"
    assert overtaken in refused.stderr
    assert toy.run("cancel", run_id).exit_code == 0
    for worker in workers:
        worker.signal(signal.SIGTERM)
        said = worker.wait().stderr
        assert "waiting: here/file/" in said
        assert f"left undone: {overtaken}" in said
    assert toy.begun() == []


def sessions_of(server: PostgresServer, run_id: str) -> int:
    """How many sessions ask for locks of a run, or hold them."""
    with psycopg.connect(server.url_with_password) as session:
        count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        found = session.execute(count, (f"cityops {run_id}",)).fetchone()
    return found[0] if found else 0


def share_waits(toy: ToyProgram, run_id: str) -> list[bool]:
    """Of each share of a run, whether no worker has taken it yet."""
    with open_ledger(LedgerLocation(state=toy.folder, url=toy.order.url)) as ledger:
        return [share.status == "ENQUEUED" for share in ledger.shares(run_id)]


@pytest.mark.parametrize("toy", [{"workers": ["central"]}], indirect=True)
def test_a_site_has_one_worker(toy: ToyProgram) -> None:
    worker = toy.start("serve", "central")
    second = toy.run("serve", "central")
    assert second.exit_code == 3
    assert "worker/central is held by" in second.stderr
    worker.signal(signal.SIGTERM)
    assert worker.wait().exit_code == 0


def test_with_sqlite_a_worker_is_refused(tmp_path: Path) -> None:
    with (
        open_engine({}, ledger=LedgerLocation(state=tmp_path)) as engine,
        pytest.raises(ConfigurationError, match="a worker needs a ledger on PostgreSQL"),
    ):
        engine.serve("central", say=print)


@pytest.mark.parametrize("ended", [True, False], ids=["and it has ended", "and it is at work"])
def test_a_run_whose_session_was_ended_and_whose_lock_another_machine_took_goes_no_further(
    toy: ToyProgram, server: PostgresServer, tmp_path: Path, *, ended: bool
) -> None:
    """The run sleeps meanwhile, as on a machine that was suspended: awake it would have taken its locks again."""
    elsewhere = ToyProgram(tmp_path / "elsewhere", ToyOrder(sites={"yangming": ["z"]}, url=toy.order.url))
    held, held_elsewhere = toy.hold("central-a-1-1"), elsewhere.hold("yangming-z-1-1")
    process = toy.start("start")
    wait_until("it works", lambda: "central-a-1-1" in toy.begun())
    run_id = last_id(toy)
    process.signal(signal.SIGSTOP)
    with psycopg.connect(server.url_with_password, autocommit=True) as connection:
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
        connection.execute(end, (f"cityops {run_id}",))
    other = elsewhere.start("start")
    wait_until("the lock is another's", lambda: "yangming-z-1-1" in elsewhere.begun())
    later = last_id(elsewhere)
    if ended:
        held_elsewhere.unlink()
        assert other.wait().exit_code == 0
    held.unlink()
    process.signal(signal.SIGCONT)
    stopped = process.wait()
    assert stopped.exit_code == 7
    if ended:
        assert f"run {run_id} cannot go on: run {later} took here/file/a after it" in stopped.stderr
    else:
        assert f"here/file/a is held by run {later} since" in stopped.stderr
        held_elsewhere.unlink()
        assert other.wait().exit_code == 0
    assert "central-b-1-1" not in toy.made()
    assert toy.run("resume", run_id).exit_code == 3
    elsewhere.close()


def session(server: PostgresServer, run: str) -> PostgresLocks:
    holder = Holder(run=run, reason="", since="", pid=0)
    return PostgresLocks(server.url_with_password, holder, CLOCK, reason_of=lambda one: f"reason of {one}")


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ({"site/central"}, {"site/central/machine/web-01"}, False),
        ({"site/central/machine/web-01"}, {"site/central"}, False),
        ({"site/central/machine/web-01"}, {"site/central/machine/web-01"}, False),
        ({"site/central/machine/web-01"}, {"site/central/machine/web-02"}, True),
        ({"site/central"}, {"site/central-2/backup", "site/nchc"}, True),
        ({"site/nchc", "site/central/backup"}, {"site/yangming", "site/central/backup/x"}, False),
    ],
)
def test_two_runs_hold_locks_together_unless_one_leads_to_the_other(
    server: PostgresServer, *, one: set[str], other: set[str], together: bool
) -> None:
    first, beside, second = session(server, "run-1"), session(server, "run-1"), session(server, "run-2")
    try:
        first.take(one)
        beside.take(one)
        if together:
            second.take(other)
        else:
            with pytest.raises(RefusedError, match=r"is held by run run-1 since .* \(reason: reason of run-1\)"):
                second.take(other)
            first.release()
            beside.release()
            second.take(other)
    finally:
        for locks in (first, beside, second):
            locks.release()


def test_a_run_that_is_taken_out_leaves_nothing_of_the_engines(toy: ToyProgram, server: PostgresServer) -> None:
    assert toy.run("start").exit_code == 0
    run = last_id(toy)
    with open_ledger(LedgerLocation(state=toy.folder, url=server.url_with_password)) as ledger:
        ledger.removal().remove([run], at=CLOCK.now(), by="ada", reason="yearly", report=lambda _gone: None)
        assert (ledger.removal().half_gone(), ledger.compact(), ledger.size_bytes()) == ((), True, None)
        with pytest.raises(UsageError, match=r"taken out of the ledger .* by ada: yearly"):
            ledger.read_run(run)
    with psycopg.connect(server.url_with_password) as connection:
        for table in ("workflow_status", "workflow_input", "workflow_output", "operation_outputs"):
            query = f"SELECT count(*) FROM dbos.{table} WHERE workflow_uuid LIKE '{run}%'"  # noqa: S608 - our own names
            assert connection.execute(query.encode()).fetchone() == (0,), table
