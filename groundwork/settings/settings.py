"""The settings: how one city's systems are reached, and where its secrets are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, ClassVar, cast
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import AfterValidator, ConfigDict, ValidationInfo

from groundwork.model.signature import Signers
from groundwork.settings.secret import Secret

_STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


def _from_file(path: Path, told: ValidationInfo) -> Path:
    """A path in a settings file is told from where the file is."""
    return cast("dict[str, Path]", told.context)["folder"] / path.expanduser() if told.context else path


def _postgresql(url: str) -> str:
    """A ledger's URL, which must not hold the password: it would be shown."""
    try:
        parts = urlsplit(url)
        sound = parts.port is None or parts.port > 0
    except ValueError:
        sound = False
    if url and not (sound and parts.scheme == "postgresql" and parts.hostname):
        raise ValueError("a ledger is `sqlite` or postgresql://USER@HOST:PORT/DATABASE")
    if url and parts.password is not None:
        raise ValueError("the password stands apart: write password: {file: …} beside the url, and take it out of that")
    return url


def _signer(line: str) -> str:
    """A line of the signers, as ssh-keygen writes it."""
    if not Signers.parse([line]):
        raise ValueError("a signer is a line `ssh-ed25519 AAAA… NAME`")
    return line.strip()


def _signers(lines: tuple[str, ...]) -> tuple[str, ...]:
    """At least one signer, each with a name of its own."""
    if not Signers.parse(lines):
        raise ValueError("at least one signer is needed, or no restore point is believed")
    return lines


FilePath = Annotated[Path, AfterValidator(_from_file)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSettings:
    """Where runs are recorded: `url` is PostgreSQL's, without its password; empty for SQLite in the state folder."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    url: Annotated[str, AfterValidator(_postgresql)] = ""
    password: Secret | None = None

    @property
    def is_postgresql(self) -> bool:
        """True when site workers can reach the ledger."""
        return bool(self.url)

    def reveal_url(self) -> str:
        """The URL with its password in it: not to be shown."""
        if self.password is None:
            return self.url
        parts = urlsplit(self.url)
        user, _, place = parts.netloc.rpartition("@")
        known = f"{user}:{quote(self.password.reveal(), safe='')}@{place}"
        return urlunsplit((parts.scheme, known, parts.path, parts.query, parts.fragment))


@dataclass(frozen=True, slots=True, kw_only=True)
class SshSettings:
    """Who logs in on service hosts, with which key, and which host keys are believed."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    user: str
    key_file: FilePath
    known_hosts_file: FilePath


@dataclass(frozen=True, slots=True, kw_only=True)
class VCenterSettings:
    """Who logs in on a site's vCenter; its address is the estate's."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    username: str
    password: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySettings:
    """A site's repository: restic's REST server, who logs in there, and the key that opens the repository."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    url: str
    username: str
    password: Secret
    key: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaSettings:
    """A site's read-only server of its repository's files, from which other sites pull."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    url: str
    username: str
    password: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSettings:
    """Who vouches for restore points: `key` signs them and stands only where backups run; `signers` are believed."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    signers: Annotated[tuple[Annotated[str, AfterValidator(_signer)], ...], AfterValidator(_signers)]
    key: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """A site's worker; `network_namespace` is the one it enters (a lab's)."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    network_namespace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExporterSettings:
    """Where the exporters listen, as ``address:port``."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    listen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One city's settings; the mappings are keyed by site. `file` is where they were read from.

    `network_namespace` and `lab` are a lab's: commands enter the namespace, and the lab's own drivers are used.
    `ledger_password` is what the role `ledger` gives PostgreSQL's account on the ledger host. `operator_networks` are
    those that commands come from: the service hosts let them, beside who has work there, reach what their roles serve.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    file: Path
    city: str
    inventory: FilePath
    state: FilePath
    ledger: LedgerSettings = field(default_factory=LedgerSettings)
    ssh: SshSettings | None = None
    ca_file: FilePath | None = None
    network_namespace: str | None = None
    lab: str | None = None
    vcenters: Mapping[str, VCenterSettings] = field(default_factory=dict)
    repositories: Mapping[str, RepositorySettings] = field(default_factory=dict)
    replicas: Mapping[str, ReplicaSettings] = field(default_factory=dict)
    signing: SigningSettings | None = None
    workers: Mapping[str, WorkerSettings] = field(default_factory=dict)
    exporters: ExporterSettings | None = None
    ledger_password: Secret | None = None
    operator_networks: tuple[IPv4Network, ...] = ()

    @property
    def worker_sites(self) -> frozenset[str]:
        """The sites whose share of a run their worker does: those with one, on a ledger that workers reach."""
        return frozenset(self.workers) if self.ledger.is_postgresql else frozenset()
