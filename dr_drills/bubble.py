"""A drill's bubble: the isolated network, the prober and the decoy in it, and the steps that make, prove and end it."""

from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from groundwork.change.step import Act, Json

CONTROL = "192.0.2.77"  # the decoy's address, of a range that is nobody's (RFC 5737)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """An isolated network and the namespace of the prober in it; what is made for it is called after the network."""

    network: str
    prober: str

    @property
    def decoy(self) -> str:
        """The decoy's namespace."""
        return f"{self.prober}-decoy"

    @property
    def prober_mac(self) -> str:
        """The MAC of the prober's adapter."""
        return _mac(self.prober)

    @property
    def decoy_mac(self) -> str:
        """The MAC of the decoy's adapter."""
        return _mac(self.decoy)

    @property
    def decoy_link_local(self) -> str:
        """The IPv6 address that follows from the decoy's MAC (RFC 4291, appendix A)."""
        mac = bytes.fromhex(self.decoy_mac.replace(":", ""))
        return str(IPv6Address(b"\xfe\x80" + bytes(6) + bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]))

    @property
    def machine_prefix(self) -> str:
        """What the names of the drill's machines begin with."""
        return f"{self.network}-"


def _mac(name: str) -> str:
    """An address of VMware's range for addresses given by hand (00:50:56:00:00:00 to 3f:ff:ff), the same for a name."""
    digest = sha256(name.encode()).digest()
    return f"00:50:56:{digest[0] & 0x3F:02x}:{digest[1]:02x}:{digest[2]:02x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateBubble(Act):
    """Makes the isolated network."""

    site: str
    network: str
    kind: Literal["drill.create-bubble"] = "drill.create-bubble"
    acts_on = "{0.site}/network/{0.network}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"make the bubble network {self.network} at {self.site}, without any uplink"

    def undo(self, _recorded: Json | None, /) -> "RemoveBubble":
        """Remove it."""
        return RemoveBubble(site=self.site, network=self.network)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveBubble(Act):
    """Removes the isolated network."""

    site: str
    network: str
    kind: Literal["drill.remove-bubble"] = "drill.remove-bubble"
    acts_on = "{0.site}/network/{0.network}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"remove the bubble network {self.network} at {self.site}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachProber(Act):
    """Puts the prober, silent, and the decoy into the bubble, and has all that is heard there recorded from then on.

    `production_gateways` are those of every production network: each is asked for all the while.
    """

    site: str
    bubble: Bubble
    production_gateways: Annotated[
        tuple[str, ...], Field(validation_alias=AliasChoices("production_gateways", "looks"))
    ]
    kind: Literal["drill.attach-prober"] = "drill.attach-prober"
    acts_on = "{0.site}/prober/{0.bubble.prober}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"put prober {self.bubble.prober} and its decoy into {self.bubble.network}, and begin the watch"

    def undo(self, _recorded: Json | None, /) -> "DetachProber":
        """Take it away."""
        return DetachProber(site=self.site, bubble=self.bubble)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachProber(Act):
    """Takes the prober and the decoy away."""

    site: str
    bubble: Bubble
    kind: Literal["drill.detach-prober"] = "drill.detach-prober"
    acts_on = "{0.site}/prober/{0.bubble.prober}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"take prober {self.bubble.prober} and its decoy away"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveIsolation(Act):
    """Shows that nobody but the decoy is in the bubble, and that whoever looked would have seen others.

    `production` are the addresses that are looked for; `neighbours` those of them beside the prober host's own leg.
    """

    site: str
    bubble: Bubble
    production: tuple[str, ...]
    neighbours: tuple[str, ...]
    kind: Literal["drill.prove-isolation"] = "drill.prove-isolation"
    acts_on = "{0.site}/network/{0.bubble.network}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"prove that {self.bubble.network} is isolated from {len(self.production)} production addresses"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeGateways(Act):
    """Gives the prober the `gateways` (``10.0.0.1/24``) of the lost machines' networks, as they know them."""

    site: str
    bubble: Bubble
    gateways: tuple[str, ...]
    kind: Literal["drill.take-gateways"] = "drill.take-gateways"
    acts_on = "{0.site}/prober/{0.bubble.prober}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"give prober {self.bubble.prober} the gateways {', '.join(self.gateways)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndWatch(Act):
    """Reads what was heard in the bubble from beginning to end."""

    site: str
    bubble: Bubble
    kind: Literal["drill.end-watch"] = "drill.end-watch"
    acts_on = "{0.site}/network/{0.bubble.network}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"read the whole watch of {self.bubble.network}: gaps, and who was heard"


BubbleStep = CreateBubble | RemoveBubble | AttachProber | DetachProber | ProveIsolation | TakeGateways | EndWatch
