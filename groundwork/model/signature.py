"""Signatures: who vouches for a document (Ed25519), and whose word is taken."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from groundwork.errors import ConfigurationError

# cryptography takes as long to import as the rest of the settings: it is, where a key is at hand.
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_KIND = "ssh-ed25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signer's word for a document: the signer's name, for people, and the signature in base64."""

    signer: str
    value: str


class SigningKey:
    """The private half: an OpenSSH Ed25519 key without a passphrase (``ssh-keygen -t ed25519 -N ''``)."""

    def __init__(self, text: str, *, signer: str) -> None:
        """Raise ConfigurationError for anything but such a key; nothing of it is in the message."""
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

        try:
            key = serialization.load_ssh_private_key(f"{text.strip()}\n".encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigurationError(
                "the signing key is no OpenSSH Ed25519 key without a passphrase",
                hint="make one with `ssh-keygen -t ed25519 -N '' -f FILE`, and name the file in signing.key",
            )
        self._key = key
        self._signer = signer

    def sign(self, purpose: str, document: object) -> Signature:
        """Our word for a JSON document, good for this purpose alone."""
        value = self._key.sign(_message(purpose, document))
        return Signature(signer=self._signer, value=base64.b64encode(value).decode())

    def public_line(self) -> str:
        """The public half as a line of the signers."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

        raw = self._key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        return f"{raw.decode()} {self._signer}"


class Signers:
    """Whose signatures are believed, by public key; the names are for people."""

    def __init__(self, keys: "Mapping[str, Ed25519PublicKey]") -> None:
        self._keys = dict(keys)

    @classmethod
    def parse(cls, lines: Iterable[str]) -> "Signers":
        """From lines like ``ssh-ed25519 AAAA… NAME``; blank lines and comments are skipped. Raises ValueError."""
        written = [line.strip() for line in lines]
        keys = [_read_line(line) for line in written if line and not line.startswith("#")]
        if len(dict(keys)) != len(keys):
            raise ValueError("two signers bear one name")
        return cls(dict(keys))

    def __bool__(self) -> bool:
        return bool(self._keys)

    @property
    def fingerprint(self) -> str:
        """Names this set of keys; other keys have another."""
        raw = sorted(key.public_bytes_raw() for key in self._keys.values())
        return sha256(b"".join(raw)).hexdigest()

    def vouching(self, purpose: str, document: object, signature: Signature) -> str | None:
        """The name of the signer whose signature this is, whatever name it bears; None when it is none's."""
        try:
            value = base64.b64decode(signature.value, validate=True)
        except (binascii.Error, ValueError):
            return None
        message = _message(purpose, document)
        return next((name for name, key in self._keys.items() if _verifies(key, value, message)), None)


def _verifies(key: "Ed25519PublicKey", value: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

    try:
        key.verify(value, message)
    except InvalidSignature:
        return False
    return True


def _read_line(line: str) -> "tuple[str, Ed25519PublicKey]":
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    kind, _, rest = line.partition(" ")
    name = rest.partition(" ")[2].strip()
    try:
        key: Any = serialization.load_ssh_public_key(line.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if kind != _KIND or not name or not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"a signer is a line `{_KIND} AAAA… NAME`, as ssh-keygen writes it into its .pub file")
    return name, key


def _message(purpose: str, document: object) -> bytes:
    """What is signed: one form for each document, and another for each purpose."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return b"cityops " + purpose.encode() + b"\0" + canonical.encode()
