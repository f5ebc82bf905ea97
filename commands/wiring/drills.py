"""Drills: their operation, what a drill works with at its site of recovery, its collector, and the role of probers."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backup.bundle import RecoveredEstate, recover_estate
from backup.catalogue import Trust
from commands.lab_settings import lab_of_settings
from commands.wiring.city import City, not_configured
from commands.wiring.needs import Need, opens_needs, password_need, program_need, ssh_needs
from commands.wiring.product import Product, proposing
from dr_drills.apply import drill_operation
from dr_drills.plan import OPERATION
from dr_drills.prober_role import PROBER
from dr_drills.proposal import drill_proposals
from dr_drills.tools import DrillTools
from groundwork.change.operation import Operation
from groundwork.drivers.probe.remote_host import ProberAccess, RemoteProberHost
from groundwork.drivers.probe.service_probes import reaches
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.site_loss.declared import DeclaredSiteLoss
from groundwork.drivers.site_loss.protocol import SiteLoss
from groundwork.errors import ConfigurationError
from groundwork.model.host import Host
from groundwork.model.signature import Signers
from groundwork.model.site import Site
from groundwork.settings.secret import Secret
from groundwork.shell.clock import SystemClock

if TYPE_CHECKING:
    from exporters.city import Origin
    from exporters.source import Source

_SURVIVOR_KEY = "/etc/cityops/repository.key"  # where every repository host keeps the key (role `repository`)
_SURVIVOR_SIGNERS = "/etc/cityops/signers"  # and whose signatures count there
_VCENTER_PORT = 443
_SSH_PORT = 22


@dataclass(frozen=True, slots=True)
class Survivor:
    """A drill's site of recovery, which has nothing but what stands there itself."""

    city: City
    site: str

    @contextmanager
    def tools(self) -> Iterator[DrillTools]:
        """What a drill works with; the repository's key comes from the site's own host."""
        city, site = self.city, self.site
        with city.vcenter(site) as vcenter, closing(self.prober()) as prober:
            yield DrillTools(
                vcenter=vcenter,
                repository=lambda: city.repository(site, key=self.key()),
                open_vcenter=lambda: city.vcenter(site),
                prober=prober,
                prober_machine=self._prober_host().machine,
                site_loss=site_loss_of(city),
                read_estate=self._recover_estate,
                signers=self._signers,
                clock=SystemClock(),
            )

    def prober(self) -> RemoteProberHost:
        """The site's prober host, over SSH. Raises ConfigurationError when the estate has none there."""
        address, ssh = self._prober_host().address, self.city.ssh
        access = ProberAccess(
            ssh=tuple(self.city.ssh_to(address)),
            address=address,
            user=ssh.user,
            key_file=ssh.key_file,
            ca_file=self.city.ca_file,
        )
        return RemoteProberHost(access, commands=self.city.commands, clock=SystemClock())

    def key(self) -> Secret:
        """The key of the repositories, from the site's own host. Raises ConfigurationError where it holds none."""
        return Secret.of(self._kept(_SURVIVOR_KEY).strip())

    def _signers(self) -> Signers:
        """Whom the settings believe, or else whom the site's own host believes."""
        if self.city.settings.signing is not None:
            return self.city.signers()
        return Signers.parse(self._kept(_SURVIVOR_SIGNERS).splitlines())

    def _recover_estate(self, repository: Repository) -> RecoveredEstate:
        trust = Trust(signers=self._signers(), now=SystemClock().now())
        return recover_estate(repository, self.city.settings.city, trust)

    def _kept(self, file: str) -> str:
        """What the site's repository host keeps for a recovery that has nothing else."""
        host = self.city.estate.repository_hosts.get(self.site)
        if host is None:
            raise ConfigurationError(
                f"site {self.site} has no host of role repository, so no copy to recover from",
                hint=f"give a host of {self.site} the role repository, or let the drill recover at another site",
            )
        read = self.city.ask(host, f"cat {file}")
        if read.exit_code != 0 or not read.stdout.strip():
            raise not_configured(host, f"has no {file}")
        return read.stdout

    def _prober_host(self) -> Host:
        host = self.city.estate.prober_hosts.get(self.site)
        if host is None or not host.machine:
            raise ConfigurationError(
                f"site {self.site} has no host of role prober that names its machine: nobody looks into a bubble there",
                hint=f"give a host of {self.site} the role prober and its machine in the vCenter, then "
                "`inv hosts.apply`",
            )
        return host


def site_loss_of(city: City) -> SiteLoss:
    """The lab's own site loss; for a real city the one a person declares and probes confirm."""
    if lab := lab_of_settings(city.settings):
        from lab.layout import plan_layout
        from lab.site_loss import LabSiteLoss

        return LabSiteLoss(plan_layout(lab, city.estate), commands=city.commands, clock=SystemClock())
    endpoints = {site.name: _endpoints(city, site) for site in city.estate.sites.values()}
    return DeclaredSiteLoss(
        endpoints=endpoints, reaches=reaches, clock=SystemClock(), folder=city.settings.state / "losses"
    )


def _endpoints(city: City, site: Site) -> tuple[tuple[str, int], ...]:
    """Where a site answers as long as it is not lost: its vCenter, and its hosts' SSH."""
    hosts = (host.address for host in city.estate.hosts.values() if host.site == site.name)
    return ((site.vcenter.address, _VCENTER_PORT), *((address, _SSH_PORT) for address in hosts))


def _operations(city: City) -> tuple[Operation[Any], ...]:
    def tools(site: str) -> AbstractContextManager[DrillTools]:
        return Survivor(city, site).tools()

    return proposing([drill_operation(tools)], drill_proposals(lambda: city.estate))


def _needs(city: City, site: str, _live: bool) -> Iterator[Need]:  # noqa: FBT001 - as Needs has it
    survivor = Survivor(city, site)
    yield from opens_needs(city, site)
    yield from ssh_needs(city)
    yield password_need(city.settings.repositories, site, "repositories")
    yield program_need("restic", "apt-get install restic")
    yield survivor.key
    yield lambda: _answers(survivor)


def _answers(survivor: Survivor) -> None:
    """The program on the site's prober host answers."""
    with closing(survivor.prober()) as prober:
        prober.list_held()


def _sources(origin: "Origin") -> "tuple[Source[Any], ...]":
    from exporters.city import drill_source

    return (drill_source(origin),)


DRILLS = Product(name="drills", operations=_operations, needs={OPERATION: _needs}, sources=_sources, roles=(PROBER,))
