"""Where the lab's probers stand: each in a namespace of its own, with one leg in a network's bridge."""

from collections.abc import Sequence
from pathlib import Path

from groundwork.drivers.probe.console_prober import ConsoleProber
from groundwork.drivers.probe.protocol import Prober
from groundwork.errors import OutsideError, UsageError
from groundwork.shell.clock import Clock
from groundwork.shell.command import CommandRunner
from lab.layout import LEG, Layout, SiteLayout, bubble_bridge, digits, prober_prefix
from lab.namespace import entering, is_whole, list_namespaces
from lab.network import aliases, batch, let_packets_pass, make_namespace
from lab.program import end_all, pids_in


class LabProberPlace:
    """A ProberPlace whose networks are the bridges of a site's switch namespace."""

    def __init__(
        self, layout: Layout, *, commands: CommandRunner, clock: Clock, ssh: tuple[str, str], checkout: Path
    ) -> None:
        self._layout = layout
        self._commands = commands
        self._clock = clock
        self._ssh = ssh
        self._checkout = checkout

    def attach(self, *, site: str, network: str, gateways: tuple[str, ...], name: str) -> Prober:
        """The prober of that name, in the network. Raises OutsideError where the switch has no such network."""
        wanted = self._site(site)
        namespace, bridge = f"{prober_prefix(wanted)}{name}", self._bridge(wanted, network)
        self._connect(wanted, namespace, bridge, gateways)
        return ConsoleProber(
            self._commands,
            enter=entering(namespace),
            ssh=self._ssh,
            checkout=str(self._checkout),
        )

    def detach(self, *, site: str, name: str) -> None:
        """End what runs at the prober's place, and remove it."""
        namespace = f"{prober_prefix(self._site(site))}{name}"
        if is_whole(namespace):
            end_all(lambda: pids_in(namespace, self._commands), self._clock)
            self._commands.run(["ip", "netns", "delete", namespace], timeout_seconds=30)

    def list_probers(self, *, site: str) -> tuple[str, ...]:
        """The names of the probers that stand at the site."""
        prefix = prober_prefix(self._site(site))
        return tuple(name.removeprefix(prefix) for name in list_namespaces(prefix))

    def _connect(self, site: SiteLayout, namespace: str, bridge: str, gateways: Sequence[str]) -> None:
        wanted = " ".join((bridge, *gateways))
        make_namespace(namespace, self._commands)
        seen = aliases(namespace, self._commands).get(LEG)
        if seen == wanted:
            return
        # Several networks share the bubble: the prober, which has all their gateways, carries packets between them.
        let_packets_pass(namespace, self._commands)
        peer = f"prb-{digits(namespace)}"
        forget = [f"link delete {LEG}"] if seen is not None else []
        batch(namespace, [*forget, f"link add {LEG} type veth peer name {peer} netns {site.namespace}"], self._commands)
        batch(site.namespace, [f"link set {peer} master {bridge} up"], self._commands)
        lines = [*(f"address add {gateway} dev {LEG}" for gateway in gateways), f"link set {LEG} up", "link set lo up"]
        batch(namespace, [*lines, f'link set {LEG} alias "{wanted}"'], self._commands)

    def _bridge(self, site: SiteLayout, network: str) -> str:
        fixed = {bridge.port_group: bridge.name for bridge in site.bridges}
        name = fixed.get(network) or bubble_bridge(network)
        if name not in aliases(site.namespace, self._commands):
            raise OutsideError(
                f"the switch of site {site.name} has no network {network!r}", hint="has its port group been made?"
            )
        return name

    def _site(self, name: str) -> SiteLayout:
        if name not in self._layout.sites:
            raise UsageError(f"the lab has no site named {name!r}", hint=f"it has {', '.join(self._layout.sites)}")
        return self._layout.sites[name]
