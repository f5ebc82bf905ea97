"""The settings: how one city's systems are reached, and where its secrets are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pydantic import ConfigDict

from groundwork.settings.forms import FilePath, LedgerUrl, Network, ServerUrl, SignerLines, Username
from groundwork.settings.secret import Secret

STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSettings:
    """Where runs are recorded: `url` is PostgreSQL's, without its password; empty for SQLite in the state folder."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    url: LedgerUrl = ""
    password: Secret | None = None

    @property
    def is_postgresql(self) -> bool:
        """True when site workers can reach the ledger."""
        return bool(self.url)

    def reveal_url(self, *, ca_file: Path | None = None) -> str:
        """The URL with its password and, where it names none, the authority that signs the server's certificate.

        Not to be shown. With `ca_file` the server is believed by that alone, unless the URL says otherwise.
        """
        if not self.url:
            return ""
        parts = urlsplit(self.url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if ca_file is not None:
            query = {"sslmode": "verify-full", "sslrootcert": str(ca_file), **query}
        netloc = parts.netloc
        if self.password is not None:
            user, _, place = netloc.rpartition("@")
            netloc = f"{user}:{quote(self.password.reveal(), safe='')}@{place}"
        return urlunsplit((parts.scheme, netloc, parts.path, urlencode(query, quote_via=quote), parts.fragment))


@dataclass(frozen=True, slots=True, kw_only=True)
class SshSettings:
    """Who logs in on service hosts, with which key, and which host keys are believed."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    user: str
    key_file: FilePath
    known_hosts_file: FilePath


@dataclass(frozen=True, slots=True, kw_only=True)
class VCenterSettings:
    """Who logs in on a site's vCenter; its address is the estate's."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    username: str
    password: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySettings:
    """A site's repository: restic's REST server, who logs in there, and the key that opens the repository."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    url: ServerUrl
    username: Username
    password: Secret
    key: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaSettings:
    """A site's read-only server of its repository's files, from which other sites pull."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    url: ServerUrl
    username: Username
    password: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSettings:
    """Who vouches for restore points: `key` signs them and stands only where backups run; `signers` are believed."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    signers: SignerLines
    key: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """A site's worker; `network_namespace` is the one it enters, where it does not speak from this machine's own."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    network_namespace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One city's settings; the mappings are keyed by site. `file` is where they were read from.

    `sections` are those that products bring, by key: a product reads its own by its Section.

    `network_namespace` is the one that commands enter, where they do not speak from this machine's own.
    `ledger_password` is what the role `ledger` gives PostgreSQL's account on the ledger host. `operator_networks` are
    those that commands come from: the service hosts let them, beside who has work there, reach what their roles serve.
    `ansible_strategy` is how Ansible's tasks get to the hosts: `mitogen`, or Ansible's own `linear`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    file: Path
    city: str
    inventory: FilePath
    state: FilePath
    ledger: LedgerSettings = field(default_factory=LedgerSettings)
    ssh: SshSettings | None = None
    ca_file: FilePath | None = None
    network_namespace: str | None = None
    vcenters: Mapping[str, VCenterSettings] = field(default_factory=dict)
    repositories: Mapping[str, RepositorySettings] = field(default_factory=dict)
    replicas: Mapping[str, ReplicaSettings] = field(default_factory=dict)
    signing: SigningSettings | None = None
    workers: Mapping[str, WorkerSettings] = field(default_factory=dict)
    ledger_password: Secret | None = None
    operator_networks: tuple[Network, ...] = ()
    ansible_strategy: Literal["mitogen", "linear"] = "mitogen"
    sections: Mapping[str, object] = field(default_factory=dict)

    @property
    def sites(self) -> frozenset[str]:
        """Every site that any setting is about."""
        return frozenset().union(self.vcenters, self.repositories, self.replicas, self.workers)

    @property
    def worker_sites(self) -> frozenset[str]:
        """The sites whose share of a run their worker does: those with one, on a ledger that workers reach."""
        return frozenset(self.workers) if self.ledger.is_postgresql else frozenset()
