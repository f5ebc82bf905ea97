"""Where a server listens: an address or a host's name, and a port."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenAddress:
    """One ``address:port``; an IPv6 address stands in brackets."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for anything else."""
        host, _, port = text.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        bare = host[1:-1] if bracketed else host
        if not (_PORT.fullmatch(port) and int(port) <= _HIGHEST_PORT and _is_host(bare, bracketed=bracketed)):
            raise ValueError(f"{text!r} is not address:port, e.g. 127.0.0.1:9464")
        return cls(host=bare, port=int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _is_host(host: str, *, bracketed: bool) -> bool:
    if bracketed or set(host) <= set("0123456789.:"):
        try:
            return (ip_address(host).version == 6) is bracketed  # noqa: PLR2004 - IPv6
        except ValueError:
            return False
    return _HOST.fullmatch(host) is not None
