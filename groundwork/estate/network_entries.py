"""The form of the files about SSL-VPN and Wi-Fi, field by field."""

from pydantic import Field

from groundwork.estate.address_fields import Ports, Range, Sources
from groundwork.estate.fields import (
    Contact,
    Count,
    Day,
    Duration,
    Latitude,
    Longitude,
    Name,
    Names,
    Ssid,
    Text,
)
from groundwork.estate.platform_entries import Form
from groundwork.model.sslvpn import VpnAudience
from groundwork.model.wifi import HotspotKind, WifiSecurity


class VpnRoleForm(Form):
    """What one kind of SSL-VPN user reaches."""

    title_zh: Text = Field(description="Its name in Chinese.")
    title_en: Text = Field(description="Its name in English.")
    audience: VpnAudience = Field(description="Staff, or vendors (who need a grant as well).")
    gateway_site: Name = Field(description="The site whose gateway serves it.")
    pool: Range = Field(description="Addresses of its clients; no network's, no other role's.")
    networks: Names = Field(min_length=1, description="Networks its clients reach.")
    ports: Ports = Field(min_length=1, description="Ports they reach there, like tcp/443.")
    session_limit: Duration = Field(description="A session ends after this long.")
    idle_limit: Duration = Field(description="A session ends when nothing passed for this long.")


class VendorGrantForm(Form):
    """One window for one vendor."""

    role: Name = Field(description="The vendors' role it opens.")
    vendor: Text = Field(description="The company.")
    contact: Contact = Field(description="A role's mail address at the company, never a person's.")
    sponsor: Name = Field(description="The agency that asked for it and answers for it.")
    sources: Sources = Field(min_length=1, description="Where the vendor comes from.")
    machines: Names = Field(min_length=1, description="The machines it is for.")
    ports: Ports = Field(min_length=1, description="Ports on them; all of them the role's too.")
    opens: Day = Field(description="First day.")
    closes: Day = Field(description="Last day, at most 90 days after the first.")
    purpose: Text = Field(description="What the vendor will do.")


class WifiProfileForm(Form):
    """What a hotspot broadcasts."""

    ssid: Ssid = Field(description="The network's name in the air, at most 32 octets.")
    security: WifiSecurity = Field(description="How clients sign in.")
    client_down_kbps: Count = Field(description="Each client's limit to it, in kbit/s.")
    client_up_kbps: Count = Field(description="Each client's limit from it, in kbit/s.")
    session_limit: Duration = Field(description="A client signs in again after this long.")
    radius_site: Name = Field(description="The site whose RADIUS server answers.")


class HotspotForm(Form):
    """One hotspot (a row of the list)."""

    place: Text = Field(description="Where it stands.")
    district: Text = Field(description="One of the city's districts.")
    kind: HotspotKind = Field(description="What kind of venue it is.")
    agency: Name = Field(description="The agency that asked for it.")
    profile: Name = Field(description="The profile it broadcasts.")
    access_points: Count = Field(description="How many access points it has.")
    latitude: Latitude = Field(description="WGS 84, degrees north.")
    longitude: Longitude = Field(description="WGS 84, degrees east.")
