"""A repository is made once, as a declared step; one that is not the one its site bears is refused."""

import re

import pytest

from backup.plan import PREPARE, REPLICATE, RUN, plan_backup, plan_prepare, plan_replication
from backup.selection import select_machines
from groundwork.change.outcome import Conclusion
from groundwork.change.step import Step
from groundwork.errors import RefusedError
from tests.builders.backup_city import BackupCity, good_points
from tests.builders.run_in_memory import Killed, RunInMemory


def _plan(city: BackupCity) -> RunInMemory:
    return RunInMemory(city.operation(PREPARE))


def _prepare(city: BackupCity) -> Conclusion:
    return _plan(city).carry_out(plan_prepare(city.estate, _pinned(city)))[1]


def _pinned(city: BackupCity) -> dict[str, str | None]:
    return {site: city.hosts.pinned(site) for site in city.estate.sites}


def _back_up(city: BackupCity) -> Conclusion:
    plan = plan_backup(city.estate, select_machines(city.estate), city.seen())
    return RunInMemory(city.operation(RUN)).carry_out(plan)[1]


def test_every_site_bears_copies_of_one_repository_and_a_second_look_has_nothing_to_do() -> None:
    city = BackupCity(prepared=False)

    assert _prepare(city).exit_code == 0

    identity = city.repositories["alpha"].identity()
    assert _pinned(city) == dict.fromkeys(("alpha", "beta", "gamma"), identity)
    assert {repository.identity() for repository in city.repositories.values()} == {identity}
    assert plan_prepare(city.estate, _pinned(city)).empty
    assert _back_up(city).exit_code == 0


def test_only_sites_that_lack_one_are_prepared_in_the_order_that_they_copy_and_no_wave_is_empty() -> None:
    city = BackupCity(prepared=False)
    identity = "a" * 64
    plan = plan_prepare(city.estate, {"alpha": identity, "beta": identity, "gamma": None})
    assert [(wave.name, [share.site for share in wave.shares]) for wave in plan.waves] == [
        ("repositories, hop 2", ["gamma"])
    ]
    assert plan.locks == ("site/gamma/backup", "site/gamma/replication")
    assert [getattr(step, "identity", "") for *_, step in plan.steps()] == [identity]
    whole = plan_prepare(city.estate, dict.fromkeys(("alpha", "beta", "gamma")))
    assert [wave.name for wave in whole.waves] == ["repositories", "repositories, hop 1", "repositories, hop 2"]
    assert [getattr(step, "identity", "") for *_, step in whole.steps()] == [None] * 3


@pytest.mark.parametrize("boundary", range(3))
def test_killed_after_any_step_it_resumes_to_the_same_end(boundary: int) -> None:
    city = BackupCity(prepared=False)
    run, plan = _plan(city), plan_prepare(city.estate, _pinned(city))

    def kill(position: int, _step: Step) -> None:
        if position == boundary:
            raise Killed

    with pytest.raises(Killed):
        run.carry_out(plan, injure=kill)
    assert run.carry_out(plan)[1].exit_code == 0
    assert plan_prepare(city.estate, _pinned(city)).empty


def test_a_backup_before_it_is_refused_once_and_makes_no_repository_and_no_snapshot() -> None:
    city = BackupCity(prepared=False)

    conclusion = _back_up(city)

    assert conclusion.exit_code == 3
    failed = conclusion.summary["failed"]
    assert isinstance(failed, dict)
    assert failed["alpha/estate"] == "no repository of alpha was declared yet"
    assert failed["alpha/pass-db-01"] == "alpha's repository is not written to (see above)"
    assert all(repository.identity() is None for repository in city.repositories.values())
    assert all(vcenter.calls["take_snapshot"] == 0 for vcenter in city.vcenters.values())


@pytest.mark.parametrize(("found", "reported"), [(None, "none stands there"), ("e" * 64, r"another one \(eeee")])
def test_a_repository_that_is_gone_or_another_is_refused_and_the_other_sites_go_on(
    found: str | None, reported: str
) -> None:
    city = BackupCity()
    city.repositories["alpha"].made = found

    conclusion = _back_up(city)

    assert conclusion.exit_code == 3
    assert re.search(reported, str(conclusion.summary["failed"]))
    assert city.repositories["alpha"].identity() == found
    assert [point.machine for point in good_points(city.repositories["beta"])] == ["files-01"]
    assert plan_prepare(city.estate, _pinned(city)).empty


def test_a_disk_that_is_gone_under_a_server_that_remembers_it_is_reported_as_none() -> None:
    city = BackupCity()
    city.hosts.unmounted.add("alpha")

    assert "and none stands there" in str(_back_up(city).summary["failed"])


def test_a_host_set_up_anew_is_reported_the_identity_that_the_others_bear_and_makes_none() -> None:
    city = BackupCity()
    del city.hosts.pins["alpha"]
    city.repositories["alpha"].made = None

    conclusion = _prepare(city)

    assert conclusion.exit_code == 3
    assert city.repositories["alpha"].identity() is None
    assert _pinned(city)["alpha"] == _pinned(city)["beta"]


def test_sites_that_bear_several_repositories_are_refused() -> None:
    city = BackupCity()
    city.hosts.pins["gamma"] = "e" * 64

    with pytest.raises(RefusedError, match="different repositories"):
        plan_prepare(city.estate, _pinned(city))


def test_a_lost_sender_keeps_a_site_from_being_prepared_and_is_reported() -> None:
    city = BackupCity(prepared=False)
    city.transfer.lost.add("beta")

    assert _prepare(city).exit_code == 5
    assert RunInMemory(city.operation(REPLICATE)).carry_out(plan_replication(city.estate))[1].exit_code == 5
