"""The forms that values of the settings have, each checked where it is read and nowhere else."""

from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, cast
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from groundwork.model.listen_address import ListenAddress
from groundwork.model.signature import Signers


def _path(value: object, info: ValidationInfo) -> object:
    """A path is text, relative to the folder of the settings file."""
    if isinstance(value, Path) or not info.context:
        return value
    if not isinstance(value, str) or not value:
        raise ValueError("write a path, as text")
    try:
        return cast("dict[str, Path]", info.context)["folder"] / Path(value).expanduser()
    except RuntimeError:  # what pathlib raises
        raise ValueError(f"{value}: there is no user of that name") from None


def _network(value: object) -> object:
    """A network is text: a number would be taken for an address."""
    if not isinstance(value, str):
        raise ValueError("write a network, as text: 10.10.0.0/24")  # noqa: TRY004 - pydantic's way to say it
    return value


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and (parts.port is None or parts.port > 0) and url.isprintable() and " " not in url
    except ValueError:
        return None
    return parts if sound else None


def _server(url: str) -> str:
    """An HTTP server's URL; who signs in there stands beside it."""
    parts = _parts(url)
    if parts is None or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise ValueError("not the URL of a server: https://HOST:PORT/")
    if "@" in parts.netloc:
        raise ValueError("username and password stand apart: write them beside the url, and take them out of that")
    return url


def _postgresql(url: str) -> str:
    """A ledger's URL, which must not hold the password: it would be shown."""
    if not url:
        return url
    parts = _parts(url)
    if parts is None or parts.scheme != "postgresql":
        raise ValueError("a ledger is `sqlite` or postgresql://USER@HOST:PORT/DATABASE")
    if parts.password is not None or "password" in dict(parse_qsl(parts.query, keep_blank_values=True)):
        raise ValueError(
            "a secret must not stand in the settings: write `ledger: {url: …, password: {file: …}}`, "
            "and take it out of the url"
        )
    return url


def _username(name: str) -> str:
    """Who signs in at a repository: a server keeps the names in lines of ``name:hash``."""
    if not name or ":" in name:
        raise ValueError("a user's name is not empty, and has no colon in it")
    return name


def _listen(text: str) -> str:
    return str(ListenAddress.parse(text))


def _signer(line: str) -> str:
    """A line of the signers, as ssh-keygen writes it."""
    if not Signers.parse([line]):
        raise ValueError("a signer is a line `ssh-ed25519 AAAA… NAME`")
    return line.strip()


def _signers(lines: tuple[str, ...]) -> tuple[str, ...]:
    """At least one signer, each with a name of its own."""
    if not Signers.parse(lines):
        raise ValueError("at least one signer is needed, or no restore point is believed")
    return lines


FilePath = Annotated[Path, BeforeValidator(_path)]
Network = Annotated[IPv4Network, BeforeValidator(_network)]
ServerUrl = Annotated[str, AfterValidator(_server)]
LedgerUrl = Annotated[str, AfterValidator(_postgresql)]
Username = Annotated[str, AfterValidator(_username)]
Listen = Annotated[str, AfterValidator(_listen)]
SignerLines = Annotated[tuple[Annotated[str, AfterValidator(_signer)], ...], AfterValidator(_signers)]
