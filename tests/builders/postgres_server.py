"""A real PostgreSQL for a test: a server of its own in a folder of its own, stopped and started at will."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from groundwork.shell.command import LeashedCommands, LocalCommands

_SECONDS = 120.0


def why_no_postgres() -> str:
    """Why no server can be started here; empty when one can."""
    return "" if _programs() else "PostgreSQL is not installed (apt-get install postgresql)"


class PostgresServer:
    """One server on the loopback, with a database of an awkward password."""

    password = "p@ss:w/rd'%x"  # noqa: S105 - of a server that lives as long as a test

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._tls: tuple[str, ...] = ()
        self._leash = ExitStack()

    @property
    def url(self) -> str:
        """The database, without its password."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    @property
    def url_with_password(self) -> str:
        return f"postgresql://postgres:p%40ss%3Aw%2Frd%27%25x@127.0.0.1:{self._port}/postgres"

    def create(self) -> None:
        secret = self._folder / "password"
        secret.write_text(self.password, encoding="utf-8")
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres")
            shutil.chown(secret, "postgres")
        self._run(["initdb", "-D", self._data, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}", "-N"])

    @property
    def port(self) -> int:
        return self._port

    def speak_tls(self, certificate: Path, key: Path) -> None:
        """From the next start on: the certificate is shown, and a connection without TLS is refused."""
        for path, name in ((certificate, "server.crt"), (key, "server.key")):
            copy = self._folder / "data" / name
            copy.write_bytes(path.read_bytes())
            copy.chmod(0o600)
            if os.geteuid() == 0:
                shutil.chown(copy, "postgres")
        self._tls = ("-c ssl=on",)
        (self._folder / "data" / "pg_hba.conf").write_text(
            "hostssl all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8"
        )

    def start(self) -> None:
        options = (
            f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder} "
            f"-c fsync=off {' '.join(self._tls)}"
        )
        start = ["pg_ctl", "-D", self._data, "-l", str(self._folder / "log"), "-w", "-o", options, "start"]
        # Whoever waits holds the server, which pg_ctl sets free, on the leash: it ends with us when we are killed.
        and_wait = self._argv('"$@" >"$0" 2>&1 </dev/null && echo ready && exec sleep infinity', start)
        running = self._leash.enter_context(LeashedCommands().start(and_wait))
        assert running.stdout.readline() == b"ready\n", (self._folder / "said").read_text()

    def stop(self) -> None:
        self._run(["pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop"], check=False)
        self._leash.close()

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, argv: Sequence[str], *, check: bool = True) -> None:
        quiet = self._argv('exec "$@" >"$0" 2>&1 </dev/null', argv)
        LocalCommands().run(quiet, timeout_seconds=_SECONDS, check=check)

    def _argv(self, script: str, argv: Sequence[str]) -> list[str]:
        """One of the server's programs, run by a shell script as the user it wants."""
        found = _programs()
        assert found is not None
        become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return [*become, "sh", "-c", script, str(self._folder / "said"), str(found / argv[0]), *argv[1:]]


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cityops-postgres-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder), _free_port())
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _programs() -> Path | None:
    """Debian's folder of the newest server's programs, else wherever `initdb` is."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(debian[-1]) if debian else shutil.which("initdb")
    return Path(found).parent if found else None
