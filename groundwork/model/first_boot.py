"""What a new machine is given at its first boot, in the form that cloud-init reads from a vCenter's guestinfo."""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

FACTS_FILE = "/etc/cityops/facts"  # where the machine finds its facts, a line ``key=value`` each


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstBoot:
    """Name, address as ``IP/PREFIX`` and gateway (both empty: DHCP), and facts for whatever runs on the machine."""

    hostname: str
    address: str = ""
    gateway: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    def guest_info(self) -> tuple[tuple[str, str], ...]:
        """The keys below ``guestinfo.`` that cloud-init's VMware data source reads."""
        facts = "".join(f"{key}={value}\n" for key, value in self.facts)
        written = [{"path": FACTS_FILE, "content": facts, "permissions": "0644"}] if facts else []
        return (
            ("metadata", _encode(json.dumps(self._metadata(), sort_keys=True))),
            ("metadata.encoding", "base64"),
            ("userdata", _encode("#cloud-config\n" + json.dumps({"write_files": written}, sort_keys=True))),
            ("userdata.encoding", "base64"),
        )

    def _metadata(self) -> dict[str, Any]:
        card: dict[str, Any] = {"match": {"name": "e*"}, "dhcp4": not self.address}
        if self.address:
            card["addresses"] = [self.address]
        if self.gateway:
            card["gateway4"] = self.gateway
        network = {"version": 2, "ethernets": {"first": card}}
        return {"instance-id": self.hostname, "local-hostname": self.hostname, "network": network}


def read_address(guest_info: Iterable[tuple[str, str]]) -> str:
    """The address without its prefix that this guest information gives; empty where it gives none."""
    try:
        metadata = json.loads(base64.b64decode(dict(guest_info).get("metadata", "")))
        return str(metadata["network"]["ethernets"]["first"]["addresses"][0]).partition("/")[0]
    except (binascii.Error, ValueError, KeyError, IndexError, TypeError):
        return ""


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
