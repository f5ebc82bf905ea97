"""Keys for tests, and what is believed with them."""

from datetime import UTC, datetime

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backup.catalogue import Trust
from groundwork.model.signature import Signers, SigningKey

LONG_AFTER = datetime(2090, 1, 1, tzinfo=UTC)


def private_key_text(seed: int) -> str:
    """An OpenSSH private key, the same for each seed."""
    key = Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32))
    formats = serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    return key.private_bytes(*formats).decode()


KEY = SigningKey(private_key_text(1), signer="backup")
STRANGER = SigningKey(private_key_text(2), signer="backup")
SIGNERS = Signers.parse([KEY.public_line()])


def trust(now: datetime = LONG_AFTER, *, accept_unsigned: bool = False) -> Trust:
    """What a recovery believes that knows KEY alone."""
    return Trust(signers=SIGNERS, now=now, accept_unsigned=accept_unsigned)
