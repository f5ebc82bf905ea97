"""The form of firewall.yaml, field by field."""

from pydantic import Field

from groundwork.estate.address_fields import Address, Port
from groundwork.estate.fields import Day, Name, Names, NamesOrAny, PortNumber, Text, VrrpPriority
from groundwork.estate.firewall_fields import AnyRanges, Interfaces, PortRanges
from groundwork.estate.platform_entries import Form
from groundwork.model.firewall import FirewallAction, FirewallPlatform


class FirewallAddressesForm(Form):
    """Addresses under one name, for rules to name beside networks and VPN roles."""

    ranges: AnyRanges = Field(min_length=1, description="Ranges of IPv4 or IPv6; where they overlap they are merged.")
    about: Text = Field(description="What they are.")


class FirewallServicesForm(Form):
    """Ports under one name, for rules to name."""

    ports: PortRanges = Field(min_length=1, description="Ports like tcp/443, or ranges of them like udp/5000-5010.")
    about: Text = Field(description="What they are for.")


class FirewallZoneForm(Form):
    """What lies behind some of a pair's interfaces."""

    name: Name = Field(description="The zone's name, each once in a pair.")
    interfaces: Interfaces = Field(min_length=1, description="Interfaces, the same on both members; each in one zone.")
    networks: Names = Field(
        default=(),
        description="Networks, VPN roles or addresses behind it. The one zone that names none has all the others.",
    )


class FirewallMemberForm(Form):
    """One device of a pair."""

    name: Name = Field(description="The device's name.")
    address: Address = Field(description="Its own address.")
    priority: VrrpPriority = Field(description="The higher one is active.")


class FirewallRuleForm(Form):
    """One rule."""

    name: Name = Field(description="The rule's name, each once in a pair.")
    action: FirewallAction = Field(description="What happens to what matches.")
    from_zones: Names = Field(default=(), description="Zones it comes from; none named: any.")
    to_zones: Names = Field(default=(), description="Zones it goes to; none named: any.")
    sources: NamesOrAny = Field(min_length=1, description="Networks, VPN roles or addresses, or any.")
    destinations: NamesOrAny = Field(min_length=1, description="Networks, VPN roles or addresses, or any.")
    ports: PortRanges = Field(default=(), description="Ports like tcp/443 or udp/5000-5010, or any.")
    services: Names = Field(default=(), description="Ports by name, beside those of `ports`.")
    reason: Text = Field(description="Why the rule is there, for the next review.")
    owner: Name = Field(description="The agency that answers for it.")
    review: Day = Field(description="The day on which it is looked at again; a warning from the day after.")


class SourceTranslationForm(Form):
    """What leaves by a zone bears another source address. IPv4 alone: IPv6 is routed as it is."""

    name: Name = Field(description="Its name, each once among a pair's translations.")
    zone: Name = Field(description="The zone it leaves by.")
    sources: NamesOrAny = Field(min_length=1, description="Networks, VPN roles or addresses, or any.")
    address: Address = Field(description="The address it then bears.")
    reason: Text = Field(description="Why.")


class DestinationTranslationForm(Form):
    """What comes in by a zone for one address and port goes to another; rules see where it goes."""

    name: Name = Field(description="Its name, each once among a pair's translations.")
    zone: Name = Field(description="The zone it comes in by.")
    address: Address = Field(description="The address that is asked for.")
    port: Port = Field(description="The port that is asked for, like tcp/443; not any.")
    to_address: Address = Field(description="The address it goes to.")
    to_port: PortNumber = Field(description="The port it goes to, of the same protocol.")
    reason: Text = Field(description="Why.")


class ParityExceptionForm(Form):
    """One rule in which a pair may differ."""

    rule: Name = Field(description="The rule's name.")
    reason: Text = Field(description="Why it differs.")
    owner: Name = Field(description="The agency that answers for it.")
    review: Day = Field(description="The day on which it is looked at again; a warning from the day after.")


class FirewallPairForm(Form):
    """Two devices that stand as one; what no rule accepts is denied."""

    site: Name = Field(description="The site it stands at.")
    platform: FirewallPlatform = Field(description="What kind of device it is.")
    network: Name = Field(description="The network of its own addresses.")
    address: Address = Field(description="The address that follows the active member.")
    members: tuple[FirewallMemberForm, FirewallMemberForm] = Field(description="The two devices.")
    managed_from: Names = Field(
        min_length=1, description="Networks, VPN roles or addresses that may enter the members by SSH."
    )
    zones: tuple[FirewallZoneForm, ...] = Field(min_length=1, description="What lies behind which interfaces.")
    rules: tuple[FirewallRuleForm, ...] = Field(description="Its rules; the first that matches decides.")
    source_nat: tuple[SourceTranslationForm, ...] = Field(
        default=(), description="Source addresses that are translated; the first that matches decides."
    )
    destination_nat: tuple[DestinationTranslationForm, ...] = Field(
        default=(), description="Destinations that are translated."
    )
    parity_with: Name | None = Field(
        default=None,
        description="The pair whose rules these are, each network of its site for the one of this site alike in name.",
    )
    parity_exceptions: tuple[ParityExceptionForm, ...] = Field(
        default=(), description="The rules in which the two differ."
    )
