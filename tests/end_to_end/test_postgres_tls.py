"""A ledger on a PostgreSQL that speaks TLS, as docs/how-to/settings.md has it: with the city's own authority."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from commands.context import CommandContext
from groundwork.errors import ConfigurationError, OpsError, UnreachableError
from groundwork.run.engine import open_engine
from tests.builders.local_certificate import write_certificate
from tests.builders.postgres_server import PostgresServer, running_postgres, why_no_postgres
from tests.builders.toy_run import ToyOrder, toy_operation

pytestmark = pytest.mark.skipif(bool(why_no_postgres()), reason=why_no_postgres() or "it is there")

DAY = timedelta(days=1)
ORDER = ToyOrder(sites={"central": ["a"]})


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_certificate(tmp_path_factory.mktemp("ca"), "city-ca", lasts=DAY)


@pytest.fixture(scope="module")
def server(authority: tuple[Path, Path]) -> Iterator[PostgresServer]:
    with running_postgres() as started:
        started.stop()
        started.speak_tls(*write_certificate(authority[0].parent, "localhost", lasts=DAY, signed_by=authority))
        started.start()
        yield started


class City:
    """A settings file that names the server, and what becomes of a run with it."""

    def __init__(self, folder: Path, server: PostgresServer) -> None:
        self.folder = folder
        self.port = server.port
        (folder / "made").mkdir()
        (folder / "ledger").write_text(server.password, encoding="utf-8")

    def settings(self, ca_file: Path | None, *, host: str = "localhost", options: str = "") -> CommandContext:
        path = self.folder / "settings.yaml"
        url = f"postgresql://postgres@{host}:{self.port}/postgres{options}"
        lines = ["city: taichung", "state: .", f"ledger: {{url: {json.dumps(url)}, password: {{file: ledger}}}}"]
        lines += [f"ca_file: {ca_file}"] if ca_file else []
        path.write_text("\n".join(lines), encoding="utf-8")
        return CommandContext(settings=str(path))

    def run(self, context: CommandContext) -> int | None:
        operations = {"toy": toy_operation(self.folder, ORDER)}
        with open_engine(operations, ledger=context.ledger_location) as engine:
            return engine.start(ORDER.plan(1), reason="a test", say=print).exit_code

    def refused(self, context: CommandContext) -> OpsError:
        """What both a run and a reading are refused with."""
        with pytest.raises(OpsError) as reading, context.open_ledger():
            pass
        with pytest.raises(OpsError) as writing:
            self.run(context)
        assert str(reading.value) == str(writing.value)
        assert "p@ss" not in f"{reading.value} {reading.value.hint}"
        return reading.value


@pytest.fixture
def city(tmp_path: Path, server: PostgresServer) -> City:
    return City(tmp_path, server)


def test_the_citys_authority_is_believed_and_a_run_is_recorded(city: City, authority: tuple[Path, Path]) -> None:
    context = city.settings(authority[0], options="?sslmode=verify-full")
    assert city.run(context) == 0
    with context.open_ledger() as ledger:
        assert [run.status for run in ledger.list_runs(operation="toy")] == ["succeeded"]


def test_another_authority_is_reported_as_that_and_the_password_is_not_blamed(city: City, tmp_path: Path) -> None:
    stranger, _ = write_certificate(tmp_path, "stranger", lasts=DAY)
    error = city.refused(city.settings(stranger))
    assert isinstance(error, ConfigurationError)
    assert "cannot be trusted" in error.message
    assert "certificate verify failed" in error.message
    assert "ca_file" in error.hint
    assert "password" not in f"{error} {error.hint}"


def test_another_name_in_the_certificate_is_reported(city: City, authority: tuple[Path, Path]) -> None:
    error = city.refused(city.settings(authority[0], host="127.0.0.1"))
    assert isinstance(error, ConfigurationError)
    assert "cannot be trusted" in error.message


def test_an_authority_that_is_not_there_is_reported(city: City, tmp_path: Path) -> None:
    error = city.refused(city.settings(None, options=f"?sslmode=verify-full&sslrootcert={tmp_path}/none.pem"))
    assert isinstance(error, ConfigurationError)
    assert f"{tmp_path}/none.pem" in error.message


def test_a_wrong_password_is_reported_as_that(city: City, authority: tuple[Path, Path]) -> None:
    (city.folder / "ledger").write_text("another", encoding="utf-8")
    error = city.refused(city.settings(authority[0]))
    assert isinstance(error, ConfigurationError)
    assert "refuses the account" in error.message


def test_a_server_without_tls_and_one_that_is_away_are_told_apart(city: City, authority: tuple[Path, Path]) -> None:
    with running_postgres() as plain:
        city.port = plain.port
        error = city.refused(city.settings(authority[0]))
        assert "cannot be trusted, or does not speak TLS" in error.message
    assert isinstance(city.refused(city.settings(authority[0])), UnreachableError)
