"""The environment: the caller's variables by name, and the few of them that a program of ours is given."""

import os
from collections.abc import Mapping

_GIVEN = ("HOME", "LOGNAME", "PATH", "TMPDIR", "USER")
_LANGUAGE = {"LC_ALL": "C.UTF-8"}  # what programs say is read by us
_TERMINAL = ("COLUMNS", "LINES", "NO_COLOR", "PYTHONPATH", "TERM")  # PYTHONPATH: where a child of ours found itself
_FETCHING = (
    *(f"{name}_proxy" for name in ("http", "https", "no")),
    *(f"{name}_PROXY" for name in ("HTTP", "HTTPS", "NO")),
    *("SSL_CERT_DIR", "SSL_CERT_FILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
    *("PIP_CERT", "PIP_CONFIG_FILE", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL", "UV_INDEX_URL"),
    *("GOCACHE", "GOFLAGS", "GOMODCACHE", "GONOSUMDB", "GOPATH", "GOPRIVATE", "GOPROXY", "GOSUMDB"),
)

_shed: dict[str, str] = {}


def caller_value(name: str) -> str | None:
    """One variable as the caller set it; None when it is not set."""
    return os.environ.get(name, _shed.get(name))


def caller_variables(*names: str) -> dict[str, str]:
    """Those of the caller's variables of these names that are set."""
    return {name: value for name in names if (value := caller_value(name)) is not None}


def child_environment(named: Mapping[str, str] | None = None) -> dict[str, str]:
    """All that a program gets to see: where things are found here, one language, and what its driver names."""
    return {**caller_variables(*_GIVEN), **_LANGUAGE, **(named or {})}


def fetching_environment() -> dict[str, str]:
    """What the caller says of proxies, indexes and caches, for programs that fetch or build what is installed here."""
    return caller_variables(*_FETCHING)


def shed_environment() -> None:
    """Keep the caller's variables from this process's own libraries too; `caller_value` still gives them, by name.

    Many libraries are steered by variables (libpq by PGHOSTADDR, Ansible by ANSIBLE_*, Python's TLS by SSLKEYLOGFILE).
    """
    for name in set(os.environ) - {*_GIVEN, *_TERMINAL}:
        _shed[name] = os.environ.pop(name)
    os.environ.update(_LANGUAGE)
