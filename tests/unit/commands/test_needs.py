"""What a command will need with --live is asked for in the rehearsal, and all that is missing is reported at once."""

from pathlib import Path

import pytest

from commands.command import Asked
from commands.program import main
from commands.wiring.city import City
from commands.wiring.hosts import host_needs
from commands.wiring.needs import check_needs
from commands.wiring.products import needs_of
from groundwork.change.plan import Plan, Share, Wave
from groundwork.errors import ConfigurationError, OpsError, RefusedError, UnreachableError

BARE = "city: taichung\nstate: state\n"
SSH = "ssh: {user: root, key_file: id, known_hosts_file: known_hosts}\n"


def wiring(folder: Path, text: str = BARE) -> City:
    (folder / "settings.yaml").write_text(text, encoding="utf-8")
    return Asked(settings=str(folder / "settings.yaml")).context.wired


def plan_of(operation: str, *sites: str) -> Plan:
    wave = Wave(name="one", shares=tuple(Share(site=site, tracks=()) for site in sites))
    return Plan(operation=operation, city="taichung", title="", basis="", locks=(), waves=(wave,))


def refuse(error: OpsError) -> None:
    raise error


def test_all_that_is_missing_is_one_error_and_each_thing_is_said_once() -> None:
    missing = ConfigurationError("the settings lack ssh", hint="add ssh")
    away = UnreachableError("repo-nchc cannot be reached", hint="see the road")
    with pytest.raises(ConfigurationError) as found:
        check_needs(
            [lambda: refuse(away), lambda: refuse(missing), lambda: refuse(missing), lambda: None],
            operation="backup.run",
        )
    assert found.value.message == (
        "backup.run cannot be carried out yet, 2 things are missing:\n"
        "  - repo-nchc cannot be reached\n    → see the road\n"
        "  - the settings lack ssh\n    → add ssh"
    )


def test_one_thing_that_is_missing_is_reported_as_itself_and_nothing_missing_is_no_error() -> None:
    check_needs([lambda: None], operation="backup.run")
    with pytest.raises(RefusedError, match="no repository"):
        check_needs([lambda: refuse(RefusedError("no repository", hint="make it"))], operation="backup.run")


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("machines.apply", ("vcenters.central", "vcenters.nchc", "ca_file")),
        ("backup.prepare", ("ssh", "repositories.central", "ca_file")),
        ("backup.run", ("vcenters.central", "ca_file", "repositories.central", "ssh", "signing")),
        ("backup.replicate", ("ssh",)),
        ("backup.restore", ("vcenters.central", "ca_file")),
        ("drill.run", ("vcenters.nchc", "ca_file", "ssh", "repositories.nchc")),
    ],
)
def test_settings_without_anything_lack_what_the_operation_needs(
    tmp_path: Path, operation: str, said: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigurationError) as found:
        check_needs(needs_of(wiring(tmp_path), plan_of(operation, "central", "nchc"), live=False), operation=operation)
    assert [name for name in said if name not in found.value.message] == []


def test_hosts_want_every_secret_of_every_role_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as found:
        check_needs(host_needs(wiring(tmp_path)), operation="hosts.apply")
    sites = ("central", "yangming", "nchc")
    wanted = [f"{sort}.{site}" for sort in ("repositories", "replicas") for site in sites]
    assert [name for name in (*wanted, "ssh", "exporters", "ledger_password") if name not in found.value.message] == []


@pytest.mark.parametrize(
    ("exit_code", "said"),
    [
        (0, "repo-nchc has no /etc/cityops/repository.key: its roles were never applied"),
        (1, "repo-nchc has no /etc/cityops/repository.key: its roles were never applied"),
        (255, "repo-nchc cannot be reached by SSH"),
    ],
)
def test_a_host_that_was_never_configured_is_reported_before_a_drill_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exit_code: int, said: str
) -> None:
    (tmp_path / "ssh").write_text(f"#!/bin/sh\nexit {exit_code}\n", encoding="utf-8")
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(OpsError, match="are missing") as found:
        check_needs(
            needs_of(wiring(tmp_path, BARE + SSH), plan_of("drill.run", "nchc"), live=True), operation="drill.run"
        )
    assert said in found.value.message
    assert ("inv hosts.apply --only repo-nchc" in found.value.message) is (exit_code != 255)


def test_a_prober_host_that_does_not_answer_is_reported_before_a_drill_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ssh").write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    settings = f"{BARE}{SSH}ca_file: {tmp_path / 'ca.pem'}\n"
    with pytest.raises(OpsError, match="are missing") as found:
        check_needs(needs_of(wiring(tmp_path, settings), plan_of("drill.run", "nchc"), live=True), operation="drill")
    assert "the prober host 10.30.0.30 could not carry out `prober list`" in found.value.message


def test_a_rehearsal_shows_its_plan_and_then_what_live_would_lack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wiring(tmp_path)
    assert main(["drill.run", "central-lost", "--settings", str(tmp_path / "settings.yaml")]) == 4
    shown = capsys.readouterr()
    assert "lose central" in shown.out
    assert "drill.run cannot be carried out yet" in shown.err
    assert "a rehearsal" not in shown.err


def test_settings_of_a_site_that_the_estate_has_not_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wiring(tmp_path, BARE + "vcenters: {centrale: {username: u, password: {env: A}}}\n")
    assert main(["drill.run", "central-lost", "--settings", str(tmp_path / "settings.yaml")]) == 4
    assert "has settings of centrale: no site of taichung is called that" in capsys.readouterr().err
