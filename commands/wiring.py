"""The composition root: settings and estate in, real drivers and every operation out."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backup.apply import BackupTools, backup_operations
from backup.bundle import RecoveredEstate, pack_bundle, recover_estate
from backup.catalogue import Trust
from backup.quarantine.apply import quarantine_operation
from backup.repository_role import REPOSITORY
from commands.checkout import ROOT
from commands.lab_settings import lab_of_settings
from dr_drills.apply import drill_operation
from dr_drills.prober_role import PROBER
from dr_drills.tools import DrillTools
from exporters.monitoring_role import MONITORING
from fleet.hosts.apply import hosts_operation
from fleet.hosts.roles import BASELINE, LEDGER
from fleet.machines.apply import machines_operations
from groundwork.change.operation import Operation
from groundwork.drivers.playbook.inventory import derive_inventory, secrets_of
from groundwork.drivers.playbook.live import LivePlaybooks
from groundwork.drivers.playbook.protocol import Playbooks
from groundwork.drivers.probe.looks import reaches
from groundwork.drivers.probe.remote_host import ProberAccess, RemoteProberHost
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.repository.restic import ResticPlace, ResticRepository
from groundwork.drivers.repository_host.protocol import RepositoryHost
from groundwork.drivers.repository_host.remote import RemoteRepositoryHost
from groundwork.drivers.site_loss.declared import DeclaredSiteLoss
from groundwork.drivers.site_loss.protocol import SiteLoss
from groundwork.drivers.transfer.protocol import Transfer
from groundwork.drivers.transfer.remote_pull import PULL_PROGRAM, PullHost, RemotePull
from groundwork.drivers.vcenter.live import LiveVCenter
from groundwork.drivers.vcenter.protocol import VCenter
from groundwork.drivers.vcenter.session import VCenterAccess
from groundwork.errors import ConfigurationError, UnreachableError
from groundwork.estate.estate import Estate
from groundwork.estate.load import load_estate
from groundwork.model.host import Host
from groundwork.model.signature import Signers, SigningKey
from groundwork.model.site import Site
from groundwork.run.redaction import Redactor
from groundwork.settings.required import given, of_site
from groundwork.settings.secret import Secret, known_secrets
from groundwork.settings.settings import Settings, SshSettings
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import Completed, LeashedCommands
from groundwork.shell.ssh import ssh_argv, ssh_options

if TYPE_CHECKING:
    from lab.layout import Layout

ROLES = (BASELINE, REPOSITORY, MONITORING, LEDGER, PROBER)

_SURVIVOR_KEY = "/etc/cityops/repository.key"  # where every repository host keeps the key (role `repository`)
_SURVIVOR_SIGNERS = "/etc/cityops/signers"  # and whose signatures count there
_KEY_SECONDS = 30.0
_VCENTER_PORT = 443
_SIGNER = "backup"  # how signatures name their signer, for people; who is believed is told by the key
_SSH_PORT = 22
_SSH_FAILED = 255  # what ssh ends with when it cannot ask
_SHOWN = 300  # characters of its last words that a message carries


def operations(settings: Settings) -> Mapping[str, Operation[Any]]:
    """Every operation by name: what a command, a resumed run and a site's worker carry out alike."""
    wiring = Wiring(settings)
    known: tuple[Operation[Any], ...] = (
        *machines_operations(wiring.vcenter),
        hosts_operation(lambda: wiring.playbooks),
        *backup_operations(wiring.backup_tools),
        quarantine_operation(lambda: wiring.repository_hosts),
        drill_operation(wiring.drill_tools),
    )
    return {operation.name: operation for operation in known}


@dataclass(frozen=True)
class Wiring:
    """One city's real drivers; the estate is loaded when the first of them needs it."""

    settings: Settings

    @cached_property
    def estate(self) -> Estate:
        """The estate that the settings name."""
        return load_estate(self.settings.inventory, self.settings.city)

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
            ca_file=self._ca_file,
        )
        return closing(LiveVCenter(access, clock=SystemClock()))

    def repository(self, site: str, *, key: Secret | None = None) -> Repository:
        """A site's repository, opened with the settings' key or the one given."""
        told = of_site(self.settings.repositories, site, "repositories")
        place = ResticPlace(
            site=site,
            url=f"rest:{told.url}",
            key=(key or told.key).reveal(),
            username=told.username,
            password=told.password.reveal(),
            ca_file=str(self._ca_file),
            cache=self.settings.state / "restic-cache",
        )
        return ResticRepository(place, commands=self.commands)

    @cached_property
    def transfer(self) -> Transfer:
        """Pulls, each on its receiving repository host."""
        hosts = {site: PullHost(ssh=ssh) for site, ssh in self._ssh_to_repositories().items()}
        return RemotePull(hosts, commands=self.commands)

    @cached_property
    def repository_hosts(self) -> RepositoryHost:
        """The repository hosts, over SSH."""
        return RemoteRepositoryHost(self._ssh_to_repositories(), commands=self.commands)

    @cached_property
    def backup_tools(self) -> BackupTools:
        """What backup works with."""
        return BackupTools(
            vcenter=self.vcenter,
            repository=self.repository,
            hosts=lambda: self.repository_hosts,
            transfer=lambda: self.transfer,
            bundle=lambda city: pack_bundle(self.settings.inventory, city),
            key=self.signing_key,
            signers=self.signers,
            clock=SystemClock(),
        )

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

    def trust(self, *, accept_unsigned: bool = False) -> Trust:
        """What is believed of a repository now."""
        return Trust(signers=self.signers(), now=SystemClock().now(), accept_unsigned=accept_unsigned)

    @contextmanager
    def drill_tools(self, site: str) -> Iterator[DrillTools]:
        """What a drill works with at its site of recovery; the repository's key comes from that site's own host."""
        with self.vcenter(site) as vcenter, closing(self.prober(site)) as prober:
            yield DrillTools(
                vcenter=vcenter,
                repository=lambda: self.repository(site, key=self.survivor_key(site)),
                open_vcenter=lambda: self.vcenter(site),
                prober=prober,
                prober_machine=self._prober_host(site).machine,
                site_loss=self.site_loss,
                read_estate=lambda repository: self._recover_estate(repository, site),
                signers=lambda: self._survivor_signers(site),
                clock=SystemClock(),
            )

    @cached_property
    def playbooks(self) -> Playbooks:
        """Ansible on the service hosts."""
        ssh = self._ssh
        inventory = derive_inventory(self.estate, ROLES, operators=self.settings.operator_networks)
        for host, told in secrets_of(self.settings, self.estate, ROLES):
            inventory.hosts[host.name] |= {name: value() for name, value in told.items()}
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

    def prober(self, site: str) -> RemoteProberHost:
        """The site's prober host, over SSH. Raises ConfigurationError when the estate has none there."""
        address, ssh = self._prober_host(site).address, self._ssh
        access = ProberAccess(
            ssh=tuple(self._ssh_to(address)),
            address=address,
            user=ssh.user,
            key_file=ssh.key_file,
            ca_file=self._ca_file,
        )
        return RemoteProberHost(access, commands=self.commands, clock=SystemClock())

    def _prober_host(self, site: str) -> Host:
        host = self.estate.prober_hosts.get(site)
        if host is None or not host.machine:
            raise ConfigurationError(
                f"site {site} has no host of role prober that names its machine: nobody looks into a bubble there",
                hint=f"give a host of {site} the role prober and its machine in the vCenter, then `inv hosts.apply`",
            )
        return host

    @cached_property
    def site_loss(self) -> SiteLoss:
        """The lab's own site loss; for a real city the one a person declares and probes confirm."""
        if self._lab:
            from lab.site_loss import LabSiteLoss

            return LabSiteLoss(self._lab_layout, commands=self.commands, clock=SystemClock())
        endpoints = {site.name: self._endpoints(site) for site in self.estate.sites.values()}
        return DeclaredSiteLoss(
            endpoints=endpoints, reaches=reaches, clock=SystemClock(), folder=self.settings.state / "losses"
        )

    def _endpoints(self, site: Site) -> tuple[tuple[str, int], ...]:
        """Where a site answers as long as it is not lost: its vCenter, and its hosts' SSH."""
        hosts = (host.address for host in self.estate.hosts.values() if host.site == site.name)
        return ((site.vcenter.address, _VCENTER_PORT), *((address, _SSH_PORT) for address in hosts))

    @cached_property
    def _lab_layout(self) -> "Layout":
        from lab.layout import plan_layout

        return plan_layout(str(self._lab), self.estate)

    @cached_property
    def _lab(self) -> str | None:
        """The lab that this city is; None for a real one."""
        return lab_of_settings(self.settings)

    @property
    def _ssh(self) -> SshSettings:
        return given(self.settings.ssh, "ssh")

    @property
    def _ca_file(self) -> Path:
        return given(self.settings.ca_file, "ca_file")

    def _ssh_to(self, address: str) -> list[str]:
        ssh = self._ssh
        return ssh_argv(address, user=ssh.user, key_file=ssh.key_file, known_hosts_file=ssh.known_hosts_file)

    def _ssh_to_repositories(self) -> dict[str, tuple[str, ...]]:
        return {site: tuple(self._ssh_to(host.address)) for site, host in self.estate.repository_hosts.items()}

    def survivor_key(self, site: str) -> Secret:
        """The key of the repositories, from the site's own host. Raises ConfigurationError where it holds none."""
        return Secret.of(self._kept_at(site, _SURVIVOR_KEY).strip())

    def _survivor_signers(self, site: str) -> Signers:
        """Whom the settings believe, or else whom the site's own host believes."""
        if self.settings.signing is not None:
            return self.signers()
        return Signers.parse(self._kept_at(site, _SURVIVOR_SIGNERS).splitlines())

    def _recover_estate(self, repository: Repository, site: str) -> RecoveredEstate:
        trust = Trust(signers=self._survivor_signers(site), now=SystemClock().now())
        return recover_estate(repository, self.settings.city, trust)

    def _kept_at(self, site: str, file: str) -> str:
        """What a site's repository host keeps for a recovery that has nothing else."""
        host = self.estate.repository_hosts.get(site)
        if host is None:
            raise ConfigurationError(
                f"site {site} has no host of role repository, so no copy to recover from",
                hint=f"give a host of {site} the role repository, or let the drill recover at another site",
            )
        read = self._ask(host, f"cat {file}")
        if read.exit_code != 0 or not read.stdout.strip():
            raise _not_configured(host, f"has no {file}")
        return read.stdout

    def need_pull(self, site: str) -> None:
        """Raises ConfigurationError unless the site's repository host has the program that copies from others."""
        host = self.estate.repository_hosts.get(site)
        if host is not None and self._ask(host, f"test -x {PULL_PROGRAM}").exit_code != 0:
            raise _not_configured(host, f"has no {PULL_PROGRAM}")

    def _ask(self, host: Host, words: str) -> Completed:
        """What the host answers to a shell's words. Raises UnreachableError when it cannot be asked."""
        done = self.commands.run([*self._ssh_to(host.address), words], timeout_seconds=_KEY_SECONDS, check=False)
        if done.exit_code == _SSH_FAILED:
            said = " ".join(done.stderr.split())[-_SHOWN:]
            raise UnreachableError(
                f"{host.name} cannot be reached by SSH: {said}",
                hint="see that it is up and can be reached, and that ssh in the settings is right",
            )
        return done


def _not_configured(host: Host, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{host.name} {what}: its roles were never applied",
        hint=f'configure it: inv hosts.apply --only {host.name} --live --reason "…"',
    )
