"""One city: its settings and its estate in, its real drivers out."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from commands.checkout import ROOT
from groundwork.drivers.playbook.inventory import derive_inventory, secrets_of
from groundwork.drivers.playbook.live import LivePlaybooks
from groundwork.drivers.playbook.protocol import Playbooks
from groundwork.drivers.playbook.role import HostRole
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.repository.restic import ResticLocation, ResticRepository
from groundwork.drivers.repository_host.protocol import RepositoryHost
from groundwork.drivers.repository_host.remote import RemoteRepositoryHost
from groundwork.drivers.transfer.protocol import Transfer
from groundwork.drivers.transfer.remote_pull import PullHost, RemotePull
from groundwork.drivers.vcenter.live import LiveVCenter
from groundwork.drivers.vcenter.protocol import VCenter
from groundwork.drivers.vcenter.session import VCenterAccess
from groundwork.errors import ConfigurationError, UnreachableError
from groundwork.estate.estate import Estate
from groundwork.model.host import Host
from groundwork.model.signature import Signers, SigningKey
from groundwork.run.ledger import Ledger, open_ledger
from groundwork.run.redaction import Redactor
from groundwork.settings.required import given, of_site
from groundwork.settings.secret import Secret, known_secrets
from groundwork.settings.settings import Settings, SshSettings
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import Completed, LeashedCommands
from groundwork.shell.ssh import ssh_argv, ssh_options
from groundwork.store.location import LedgerLocation

_KEY_SECONDS = 30.0
_SIGNER = "backup"  # how signatures name their signer, for people; the key decides who is believed
_SSH_FAILED = 255  # what ssh ends with when it cannot ask
_SHOWN = 300  # characters of its last words that a message carries


@dataclass(frozen=True)
class City:
    """One city's real drivers, each made when it is first needed; `roles` are those that its service hosts may have."""

    settings: Settings
    read_estate: Callable[[], Estate]
    roles: tuple[HostRole, ...] = ()

    @cached_property
    def estate(self) -> Estate:
        """The city's estate."""
        return self.read_estate()

    @cached_property
    def commands(self) -> LeashedCommands:
        """This machine's programs, none of which outlives us."""
        return LeashedCommands()

    def vcenter(self, site: str) -> AbstractContextManager[VCenter]:
        """A site's vCenter, logged out at the end. Raises ConfigurationError when the settings lack it."""
        login = of_site(self.settings.vcenters, site, "vcenters")
        access = VCenterAccess(
            site=site,
            location=self.estate.site(site).vcenter,
            username=login.username,
            password=login.password,
            ca_file=self.ca_file,
        )
        return closing(LiveVCenter(access, clock=SystemClock()))

    def repository(self, site: str, *, key: Secret | None = None) -> Repository:
        """A site's repository, opened with the settings' key or the one given."""
        access = of_site(self.settings.repositories, site, "repositories")
        location = ResticLocation(
            site=site,
            url=f"rest:{access.url}",
            key=(key or access.key).reveal(),
            username=access.username,
            password=access.password.reveal(),
            ca_file=str(self.ca_file),
            cache=self.settings.state / "restic-cache",
        )
        return ResticRepository(location, commands=self.commands)

    @cached_property
    def transfer(self) -> Transfer:
        """Pulls, each on its receiving repository host."""
        hosts = {site: PullHost(ssh=ssh) for site, ssh in self._ssh_to_repositories().items()}
        return RemotePull(hosts, commands=self.commands)

    @cached_property
    def repository_hosts(self) -> RepositoryHost:
        """The repository hosts, over SSH."""
        return RemoteRepositoryHost(self._ssh_to_repositories(), commands=self.commands)

    def signing_key(self) -> SigningKey:
        """What points and bundles are signed with. Raises ConfigurationError unless our own signers believe it."""
        key = SigningKey(given(given(self.settings.signing, "signing").key, "signing.key").reveal(), signer=_SIGNER)
        probe = key.sign("probe", {})
        if self.signers().vouching("probe", {}, probe) is None:
            raise ConfigurationError(
                "signing.key is not the key of any of signing.signers, so no recovery would believe what it signs",
                hint="add the line of its .pub file to signing.signers, then `inv hosts.apply`",
            )
        return key

    def signers(self) -> Signers:
        """Whose signatures are believed. Raises ConfigurationError when the settings name nobody."""
        return Signers.parse(given(self.settings.signing, "signing").signers)

    @contextmanager
    def open_ledger(self) -> Iterator[Ledger]:
        """What was recorded of the city's runs, for reading."""
        kept = self.settings
        with open_ledger(LedgerLocation(state=kept.state, url=kept.ledger.reveal_url(ca_file=kept.ca_file))) as ledger:
            yield ledger

    @cached_property
    def playbooks(self) -> Playbooks:
        """Ansible on the service hosts."""
        ssh = self.ssh
        inventory = derive_inventory(self.estate, self.roles, operators=self.settings.operator_networks)
        for host, secrets in secrets_of(self.settings, self.estate, self.roles):
            inventory.hosts[host.name] |= {name: value() for name, value in secrets.items()}
        return LivePlaybooks(
            folder=ROOT / "playbooks",
            inventory=inventory.source(
                everywhere={
                    "ansible_user": ssh.user,
                    "ansible_ssh_private_key_file": str(ssh.key_file),
                    "ansible_ssh_common_args": shlex.join(ssh_options(ssh.known_hosts_file)),
                    "ansible_python_interpreter": "/usr/bin/python3",
                }
            ),
            commands=self.commands,
            redactor=Redactor(known_secrets),
            strategy=self.settings.ansible_strategy,
        )

    @property
    def ssh(self) -> SshSettings:
        """How the service hosts are entered. Raises ConfigurationError when the settings lack it."""
        return given(self.settings.ssh, "ssh")

    @property
    def ca_file(self) -> Path:
        """Whose signature the city's servers are believed by. Raises ConfigurationError when the settings lack it."""
        return given(self.settings.ca_file, "ca_file")

    def ssh_to(self, address: str) -> list[str]:
        """The arguments that enter a service host; what is to be run there follows."""
        ssh = self.ssh
        return ssh_argv(address, user=ssh.user, key_file=ssh.key_file, known_hosts_file=ssh.known_hosts_file)

    def _ssh_to_repositories(self) -> dict[str, tuple[str, ...]]:
        return {site: tuple(self.ssh_to(host.address)) for site, host in self.estate.repository_hosts.items()}

    def ask(self, host: Host, words: str) -> Completed:
        """What the host answers to a shell's words. Raises UnreachableError when it cannot be asked."""
        done = self.commands.run([*self.ssh_to(host.address), words], timeout_seconds=_KEY_SECONDS, check=False)
        if done.exit_code == _SSH_FAILED:
            said = " ".join(done.stderr.split())[-_SHOWN:]
            raise UnreachableError(
                f"{host.name} cannot be reached by SSH: {said}",
                hint="see that it is up and can be reached, and that ssh in the settings is right",
            )
        return done


def not_configured(host: Host, what: str) -> ConfigurationError:
    """What is raised where a host lacks what its roles would have given it."""
    return ConfigurationError(
        f"{host.name} {what}: its roles were never applied",
        hint=f'configure it: inv hosts.apply --only {host.name} --live --reason "…"',
    )
