"""How a password becomes the line that a server checks it with, or that a client reads it from."""

import hashlib
from collections.abc import Callable

import bcrypt

# A server checks the hash on every request, and restic makes many. The passwords are long and random, so that the
# lowest cost bcrypt knows (2^4 rounds, about 1 ms) is as safe as a high one.
_ROUNDS = 4
_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def bcrypt_hash(password: str, *, salt: str) -> str:
    """The password's bcrypt hash; the same `salt` (any text) gives the same hash, so a second play changes nothing."""
    digest = hashlib.sha256(salt.encode()).digest()
    letters = "".join(_ALPHABET[byte % 64] for byte in digest[:21])
    return bcrypt.hashpw(password.encode(), f"$2b${_ROUNDS:02d}${letters}.".encode()).decode()


def pgpass_field(text: str) -> str:
    """The text as a field of PostgreSQL's password file."""
    return text.replace("\\", "\\\\").replace(":", "\\:")


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """The filters by the name under which a template uses them."""
        return {"bcrypt_hash": bcrypt_hash, "pgpass_field": pgpass_field}
