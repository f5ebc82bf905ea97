"""Bringing a lab up: images, secrets, network, vCenters, hosts, guests; what stands already is left as it is."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from groundwork.errors import OutsideError, RefusedError
from groundwork.estate.estate import Estate
from groundwork.shell.clock import Clock
from groundwork.shell.command import CommandRunner
from lab.base_image import base_image
from lab.endpoints import wait_for_endpoints
from lab.folders import LabFolders
from lab.guest_image import GuestImage, guest_image
from lab.guests import list_guests
from lab.host import HostFiles, LabHost
from lab.network import build_network
from lab.parts import Endpoint, LabParts, parts_of, vcenter_name
from lab.planted import plan_planted
from lab.program import last_words
from lab.secret_store import OPERATOR, Identity, SecretStore
from lab.settings_file import write_known_hosts, write_settings
from lab.site_description import VCenterFiles, describe_site
from lab.site_loss import LabSiteLoss
from lab.standing import Standing, call_whole, holding, read_standing, write_standing
from lab.vcenters import simulator

_ANSWER_SECONDS = 420.0  # ten guests boot in half a minute; on a machine that is busy with much else, in minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class LabOrder:
    """Which lab is wanted, for which estate, and with what it is made; `go` builds the simulator."""

    folders: LabFolders
    estate: Estate
    inventory: Path
    cache: Path
    go: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """What the lab's parts are started from."""

    base: Path
    guest: GuestImage
    simulator: Path


def bring_up(order: LabOrder, *, commands: CommandRunner, clock: Clock, say: Callable[[str], None]) -> tuple[str, ...]:
    """Have the lab stand as ordered; what was made for it, nothing when all of it stood.

    Raises RefusedError when the lab stands for another city or another command stays at it, ConfigurationError when the
    estate does not fit into a lab, OutsideError when something does not start.
    """
    parts = parts_of(order.folders, order.estate)
    with holding(order.folders, clock=clock, say=say):
        standing = _open_standing(parts)
        images = make_images(order.cache, order.go, commands, say)
        store = SecretStore(order.folders.secrets, now=clock.now())
        made = list(build_network(parts.layout, commands))
        write_known_hosts(parts, store)
        begun = _start_vcenters(parts, standing, store, images, commands)
        made += [vcenter_name(site) for site in begun]
        made += _start_hosts(parts, store, images.base, commands)
        lost = LabSiteLoss(parts.layout, commands=commands, clock=clock).losses()
        endpoints = [one for one in endpoints_to_wait_for(parts, standing, begun) if one.site not in lost]
        _wait(parts, endpoints, commands=commands, clock=clock, say=say)
        order.folders.state.mkdir(mode=0o700, exist_ok=True)
        write_settings(parts, store, inventory=order.inventory)
        call_whole(order.folders, standing)
    return tuple(made)


def make_images(cache: Path, go: Path, commands: CommandRunner, say: Callable[[str], None]) -> Images:
    """What labs are made of, from the cache or made now: the hosts' image, the guests', and the simulator."""
    with ThreadPoolExecutor(1) as pool:
        building = pool.submit(simulator, cache, go, commands, say)
        base = base_image(cache, commands, say)
        guest = guest_image(cache, base, commands, say)
        return Images(base=base, guest=guest, simulator=building.result())


def _open_standing(parts: LabParts) -> Standing:
    folders, standing = parts.folders, read_standing(parts.folders)
    if standing is None:
        folders.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        standing = Standing(city=parts.estate.city, planted=plan_planted(parts.estate))
        write_standing(folders, standing)
    if standing.city != parts.estate.city:
        raise RefusedError(
            f"the lab {folders.lab} stands for {standing.city}, not for {parts.estate.city}",
            hint=f"take it down with `inv lab.down --name {folders.lab}`, or choose another --name",
        )
    return standing


def _start_vcenters(
    parts: LabParts, standing: Standing, store: SecretStore, images: Images, commands: CommandRunner
) -> list[str]:
    """Start the vCenters that do not run, and with them their guests; the sites of those that were started."""
    begun, planted = [], () if standing.whole else standing.planted
    for site, vcenter in parts.vcenters.items():
        if vcenter.is_running(commands):
            continue
        certificate, key = store.certificate(Identity(name=vcenter_name(site), address=vcenter.leg.address.ip))
        files = VCenterFiles(
            state=vcenter.state,
            control=vcenter.control,
            certificate=certificate,
            key=key,
            password_file=store.password(vcenter_name(site)),
            guest_key=store.ssh_key(OPERATOR).with_suffix(".pub").read_text(encoding="utf-8").strip(),
        )
        description = describe_site(parts.estate, parts.layout.sites[site], planted, files, images.guest)
        vcenter.start(images.simulator, description, commands)
        begun.append(site)
    return begun


def _start_hosts(parts: LabParts, store: SecretStore, image: Path, commands: CommandRunner) -> list[str]:
    started = []
    for name, host in parts.hosts.items():
        if not host.is_running(commands):
            host.start(image, _files_of(host, parts, store), commands)
            started.append(name)
    return started


def _files_of(host: LabHost, parts: LabParts, store: SecretStore) -> HostFiles:
    certificate, key = store.certificate(Identity(name=host.name, address=host.leg.address.ip))
    return HostFiles(
        authorized_key=store.ssh_key(OPERATOR).with_suffix(".pub").read_bytes(),
        host_key=store.ssh_key(f"host-{host.name}"),
        authority=store.authority,
        certificate=certificate,
        certificate_key=key,
        names=parts.names(),
    )


def endpoints_to_wait_for(parts: LabParts, standing: Standing, begun: Collection[str]) -> list[Endpoint]:
    """Every vCenter's and host's (a call that was killed may have started them just now), and those of new guests.

    A guest is new when its vCenter began just now, or when the lab was never whole; an old one may be off by right.
    """
    fresh = begun if standing.whole else parts.vcenters
    not_there = set() if standing.whole else {one.machine for one in standing.planted if one.sort == "missing"}
    guests = [one for one in list_guests(parts.estate) if one.powered_on and one.site in fresh]
    return [
        *(parts.endpoint_of_vcenter(site) for site in parts.vcenters),
        *(parts.endpoint_of_host(name) for name in parts.hosts),
        *(parts.endpoint_of_guest(one.name) for one in guests if one.name not in not_there),
    ]


def _wait(
    parts: LabParts, endpoints: list[Endpoint], *, commands: CommandRunner, clock: Clock, say: Callable[[str], None]
) -> None:
    """Wait for the endpoints; a program that has ended is reported at once, with its last words."""
    sites = {endpoint.site for endpoint in endpoints}
    hosts = [parts.hosts[endpoint.name] for endpoint in endpoints if endpoint.name in parts.hosts]

    def check() -> None:
        for site in sites:
            vcenter = parts.vcenters[site]
            if vcenter.has_ended(commands):
                raise OutsideError(
                    f"the vCenter of {site} has ended: {last_words(vcenter.log)}", hint=f"its log is {vcenter.log}"
                )
        for host in hosts:
            if host.has_ended(commands):
                raise OutsideError(
                    f"host {host.name} does not boot: {last_words(host.log)}", hint=f"its log is {host.log}"
                )

    wait_for_endpoints(
        endpoints,
        namespace=parts.layout.control,
        clock=clock,
        timeout_seconds=_ANSWER_SECONDS,
        check=check,
        say=say,
    )
