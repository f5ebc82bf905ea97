"""Public Wi-Fi: the profiles that are broadcast, and the hotspots that broadcast them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

WifiSecurity = Literal["open", "wpa2-enterprise", "wpa3-enterprise"]
HotspotKind = Literal["other", "public_counter", "tourist_site", "transport_node", "cultural_venue", "public_hospital"]

KIND_TITLES_ZH: dict[HotspotKind, str] = {
    "other": "其他",
    "public_counter": "洽公場所",
    "tourist_site": "旅遊景點",
    "transport_node": "大眾運輸節點",
    "cultural_venue": "文教館所",
    "public_hospital": "公立醫院",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WifiProfile:
    """One profile: what a hotspot broadcasts, and what each of its clients gets."""

    name: str
    ssid: str
    security: WifiSecurity
    client_down_kbps: int
    client_up_kbps: int
    session_limit: timedelta
    radius_site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspot:
    """One hotspot; `district` is one of the city's, `place` says where it stands, WGS 84 degrees show it on a map."""

    name: str
    place: str
    district: str
    kind: HotspotKind
    agency: str
    profile: str
    access_points: int
    latitude: float
    longitude: float
