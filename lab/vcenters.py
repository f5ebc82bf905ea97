"""The lab's vCenters: the simulator built from its source, and one process for each site."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from groundwork.change.step import Json
from groundwork.shell.command import CommandRunner
from groundwork.shell.environment import fetching_environment
from lab.cache import cached, digest_of
from lab.layout import Leg
from lab.namespace import entering
from lab.program import pids_in, pids_on, start_apart

_SOURCE = Path(__file__).parent / "vcenter"
_BUILD_SECONDS = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabVCenter:
    """One site's vCenter; `folder` holds its description and its disks."""

    site: str
    leg: Leg
    folder: Path
    log: Path

    @property
    def description(self) -> Path:
        """The file that describes it."""
        return self.folder / "site.json"

    @property
    def state(self) -> Path:
        """Where its disks lie."""
        return self.folder / "state"

    @property
    def control(self) -> Path:
        """Its socket for injected failures."""
        return self.folder / "control.sock"

    def is_running(self, commands: CommandRunner) -> bool:
        """Whether its process runs."""
        return bool(pids_in(self.leg.namespace, commands))

    def has_ended(self, commands: CommandRunner) -> bool:
        """Whether neither its process runs nor what starts it: it does not come any more."""
        return not self.is_running(commands) and not pids_on(self.description)  # its guests, in its folder, may live on

    def start(self, program: Path, description: dict[str, Json], commands: CommandRunner) -> None:
        """Start it apart from us; it begins with what the description says, whatever it held before."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.state.mkdir(mode=0o700, exist_ok=True)
        self.description.write_text(json.dumps(description, ensure_ascii=False, indent=1), encoding="utf-8")
        argv = [*entering(self.leg.namespace), str(program), "--config", str(self.description)]
        start_apart(argv, log=self.log, commands=commands)


def simulator(cache: Path, go: Path, commands: CommandRunner, say: Callable[[str], None]) -> Path:
    """The simulator's program in the cache, built where it is missing. Raises OutsideError."""
    sources = sorted(path for path in _SOURCE.iterdir() if _is_built_from(path))
    return (
        cached(
            cache,
            "vcenter",
            digest_of(*(part for path in sources for part in (path.name, path.read_bytes()))),
            lambda half_way: _build(half_way, go, commands),
            lambda: say("installing the lab's vCenter simulator: built from lab/vcenter, about half a minute"),
        )
        / "vcenter"
    )


def _is_built_from(path: Path) -> bool:
    return path.suffix in {".go", ".mod", ".sum"} and not path.name.endswith("_test.go")


def _build(target: Path, go: Path, commands: CommandRunner) -> None:
    settings = {**fetching_environment(), "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"}
    argv = [str(go), "-C", str(_SOURCE), "build", "-trimpath", "-o", str(target / "vcenter"), "."]
    commands.run(argv, timeout_seconds=_BUILD_SECONDS, environment=settings)
