"""Which ledger a state folder belongs to: one that is lost or exchanged is noticed, and never begun anew in silence."""

import json
from urllib.parse import urlsplit

from groundwork.errors import ConfigurationError
from groundwork.store.place import LedgerPlace

_FILE = "ledger-identity.json"


def refuse_another(place: LedgerPlace, identity: str) -> None:
    """Raises ConfigurationError when the state folder knows another ledger there; `identity` is empty for none."""
    known = _read(place).get(_where(place), "")
    if not known or identity == known:
        return
    state = f"is another one ({identity[:12]})" if identity else "is gone"
    raise ConfigurationError(
        f"the ledger {_where(place)} {state}: {place.state} belongs to the ledger {known[:12]}",
        hint=f"bring that one back from its backup; if it is lost for good, or the change was meant, "
        f"remove {place.state / _FILE}",
    )


def refuse_lost(place: LedgerPlace) -> None:
    """The same for a ledger whose file is not there."""
    if not place.is_shared and not place.file.exists():
        refuse_another(place, "")


def pin(place: LedgerPlace, identity: str) -> None:
    """Note which ledger is there. Raises ConfigurationError as `refuse_another` does."""
    refuse_another(place, identity)
    known = _read(place)
    if known.get(_where(place)) != identity:
        half_way = place.state / f"{_FILE}.new"
        half_way.write_text(json.dumps({**known, _where(place): identity}, indent=1), encoding="utf-8")
        half_way.rename(place.state / _FILE)


def _read(place: LedgerPlace) -> dict[str, str]:
    try:
        known = json.loads((place.state / _FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{place.state / _FILE} cannot be read: {error}", hint="remove it; the next run with --live writes it anew"
        ) from error
    return {str(where): str(identity) for where, identity in known.items()} if isinstance(known, dict) else {}


def _where(place: LedgerPlace) -> str:
    """The place without its password and options."""
    if not place.is_shared:
        return place.file.name
    parts = urlsplit(place.url)
    return f"{parts.hostname}:{parts.port or 5432}{parts.path}"
