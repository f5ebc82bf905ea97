from groundwork.model.lock_path import (
    ancestors,
    backup_lock,
    current_path,
    drill_lock,
    host_lock,
    known_part,
    machine_lock,
    outermost,
    overlap,
    quarantine_lock,
    replication_lock,
    site_lock,
)


def test_a_sites_lock_meets_every_lock_at_the_site_and_none_elsewhere() -> None:
    at_central = (
        machine_lock("central", "web-01"),
        host_lock("central", "repo-1"),
        backup_lock("central"),
        replication_lock("central"),
        quarantine_lock("central"),
        drill_lock("central"),
    )
    for path in at_central:
        assert overlap(path, site_lock("central"))
        assert overlap(site_lock("central"), path)
        assert not overlap(path, site_lock("central-2"))
        assert [other for other in at_central if overlap(path, other)] == [path]


def test_a_slash_in_a_machines_name_is_no_part_of_the_path() -> None:
    assert not overlap(machine_lock("central", "web"), machine_lock("central", "web/old"))


def test_the_paths_that_lead_to_one() -> None:
    assert ancestors("site/central/machine/x") == ("site", "site/central", "site/central/machine")
    assert ancestors("site") == ()


def test_whoever_holds_the_outermost_holds_all() -> None:
    assert outermost(["a/b/c", "a/b", "a/bc", "a/b"]) == ("a/b", "a/bc")


def test_an_older_ledgers_locks_are_read_as_what_they_stood_for() -> None:
    assert current_path("backup/central") == backup_lock("central")
    assert current_path("replication/central") == replication_lock("central")
    assert current_path("quarantine/central") == quarantine_lock("central")
    assert current_path("machine/central/web-01") == machine_lock("central", "web-01")
    assert current_path("site/central") == site_lock("central")
    for path in (site_lock("central"), machine_lock("central", "x"), "here/file/a", "run/1"):
        assert current_path(path) == path


def test_a_host_of_an_older_ledger_is_that_host_at_any_site() -> None:
    old = current_path("host/repo-1")
    assert overlap(old, host_lock("central", "repo-1"))
    assert overlap(old, site_lock("central"))
    assert not overlap(old, host_lock("central", "repo-2"))
    assert not overlap(old, backup_lock("central"))
    assert (known_part(old), known_part("site/central")) == ("site", "site/central")
