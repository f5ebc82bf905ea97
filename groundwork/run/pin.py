"""Which ledger a state folder belongs to: one that is lost or exchanged is noticed, and never begun anew in silence."""

import json
from urllib.parse import urlsplit

from groundwork.errors import ConfigurationError
from groundwork.store.location import LedgerLocation

_FILE = "ledger-identity.json"


def refuse_another(location: LedgerLocation, identity: str) -> None:
    """Raises ConfigurationError when the state folder knows another ledger there; `identity` is empty for none."""
    known = _read(location).get(_where(location), "")
    if not known or identity == known:
        return
    state = f"is another one ({identity[:12]})" if identity else "is gone"
    raise ConfigurationError(
        f"the ledger {_where(location)} {state}: {location.state} belongs to the ledger {known[:12]}",
        hint=f"bring that one back from its backup; if it is lost for good, or the change was meant, "
        f"remove {location.state / _FILE}",
    )


def refuse_lost(location: LedgerLocation) -> None:
    """The same for a ledger whose file is not there."""
    if not location.is_shared and not location.file.exists():
        refuse_another(location, "")


def pin(location: LedgerLocation, identity: str) -> None:
    """Note which ledger is there. Raises ConfigurationError as `refuse_another` does."""
    refuse_another(location, identity)
    known = _read(location)
    if known.get(_where(location)) != identity:
        half_way = location.state / f"{_FILE}.new"
        half_way.write_text(json.dumps({**known, _where(location): identity}, indent=1), encoding="utf-8")
        half_way.rename(location.state / _FILE)


def _read(location: LedgerLocation) -> dict[str, str]:
    try:
        known = json.loads((location.state / _FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{location.state / _FILE} cannot be read: {error}",
            hint="remove it; the next run with --live writes it anew",
        ) from error
    return {str(where): str(identity) for where, identity in known.items()} if isinstance(known, dict) else {}


def _where(location: LedgerLocation) -> str:
    """The location without its password and options."""
    if not location.is_shared:
        return location.file.name
    parts = urlsplit(location.url)
    return f"{parts.hostname}:{parts.port or 5432}{parts.path}"
