"""No program of the road, here or on a host of the lab, bore a secret in the process list; judged at the end."""

from tests.builders.secret_watch import SecretWatch
from tests.builders.standing_lab import StandingLab

APPLY_SECONDS = 900.0


def test_no_secret_was_seen_in_any_argument_nor_in_an_environment_without_need(
    configured: StandingLab, secret_watch: SecretWatch
) -> None:
    backed_up = configured.inv(
        *("backup.run", "--only", "shiminpass-web-01", "--live", "--reason", "end-to-end test"),
        timeout_seconds=APPLY_SECONDS,
    )
    assert backed_up.exit_code == 0, backed_up.stderr

    assert secret_watch.leaks == set()
    assert [one for one in secret_watch.allowed if one.program == "restic"], "the watch saw restic with its key"


def test_the_watch_would_have_seen_a_leak_on_a_host(configured: StandingLab, secret_watch: SecretWatch) -> None:
    """The last: it leaks on purpose, on a host, a secret of the lab (it is gone with the lab)."""
    secret = (configured.parts.folders.secrets / "ledger.password").read_text(encoding="utf-8").strip()

    configured.on_host("ledger-01", f"PGPASSWORD={secret} sleep 3")

    where = {(one.secret, one.where, one.program) for one in secret_watch.leaks}
    assert ("ledger", "environment", "sleep") in where
    assert ("ledger", "argument", "ssh") in where
