"""restic's sealed files: opened with the city's key or not at all (the format is restic's design document's)."""

import base64
import ctypes
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

from repository_host.names import LARGEST_BYTES

_VECTOR_BYTES = _TAG_BYTES = 16
_COMPRESSED = 2
_LARGEST_PLAIN_BYTES = 512 << 20
_MOST_MEMORY = 256 << 20  # of scrypt: restic asks for 32 MiB
_MOST_KEYS = 64
# What a document that somebody else wrote can raise where it is read, beside what the reader says itself.
MALFORMED = (LookupError, TypeError, ValueError, OverflowError, RecursionError)


class ForeignError(Exception):
    """The key does not open it, or what it opens to is none of restic's."""


@dataclass(frozen=True)
class Key:
    """A repository's master key."""

    encrypt: bytes
    mac_k: bytes
    mac_r: bytes

    def open(self, sealed: bytes) -> bytes:
        """What is inside. Raises ForeignError when the seal is not this key's."""
        vector, text, tag = sealed[:_VECTOR_BYTES], sealed[_VECTOR_BYTES:-_TAG_BYTES], sealed[-_TAG_BYTES:]
        if len(sealed) < _VECTOR_BYTES + _TAG_BYTES:
            raise ForeignError("it is too short for a seal")
        block = Cipher(algorithms.AES(self.mac_k), modes.ECB()).encryptor()  # noqa: S305 - Poly1305-AES is made so
        try:
            Poly1305.verify_tag(self.mac_r + block.update(vector), text, tag)
        except InvalidSignature:
            raise ForeignError("the city's key does not open it") from None
        return Cipher(algorithms.AES(self.encrypt), modes.CTR(vector)).encryptor().update(text)

    def read(self, file: Path) -> dict[str, Any]:
        """The document in an unpacked file (config, index, snapshot). Raises ForeignError, OSError."""
        plain = self.open(file.read_bytes())
        if plain[:1] not in {b"{", b"["}:
            if plain[:1] != bytes([_COMPRESSED]):
                raise ForeignError("it opens, and is of no format we know")
            plain = decompressed(plain[1:])
        return document(plain)


def open_key(file: Path, password: str) -> Key | None:
    """The master key that a key file holds, if the password opens it."""
    try:
        sealed = json.loads(file.read_bytes()[: LARGEST_BYTES["keys"]])
        cost, block, lanes = int(sealed["N"]), int(sealed["r"]), int(sealed["p"])
        if sealed["kdf"] != "scrypt" or not 0 < 128 * cost * block <= _MOST_MEMORY or not 0 < lanes <= _MOST_KEYS:
            return None
        salt = base64.b64decode(sealed["salt"])
        drawn = hashlib.scrypt(
            password.encode(), salt=salt, n=cost, r=block, p=lanes, maxmem=2 * _MOST_MEMORY, dklen=64
        )
        inside = json.loads(Key(drawn[:32], drawn[32:48], drawn[48:]).open(base64.b64decode(sealed["data"])))
        parts = (inside["encrypt"], inside["mac"]["k"], inside["mac"]["r"])
        return Key(*(base64.b64decode(part) for part in parts))
    except (*MALFORMED, ForeignError):
        return None


def find_key(folder: Path, password: str) -> Key:
    """The master key, by the first of the key files that the password opens. Raises ForeignError when none does."""
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime) if folder.is_dir() else []
    for file in files[:_MOST_KEYS]:
        if key := open_key(file, password):
            return key
    raise ForeignError(f"the city's key opens none of the {len(files)} key files in {folder}")


def decompressed(frame: bytes, most: int = _LARGEST_PLAIN_BYTES) -> bytes:
    """The content of a zstd frame, by the library that Debian's own package tools need. Raises ForeignError."""
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_decompress.restype = ctypes.c_size_t
    room = max(1 << 20, 8 * len(frame))  # a small frame does not say how large its content is
    while room <= most:
        plain = ctypes.create_string_buffer(room)
        size = library.ZSTD_decompress(plain, ctypes.c_size_t(room), frame, ctypes.c_size_t(len(frame)))
        if size <= room:
            return plain.raw[:size]
        room *= 8
    raise ForeignError("it opens, and its compression is none of restic's")


def document(plain: bytes) -> dict[str, Any]:
    """The JSON object in it. Raises ForeignError."""
    try:
        read = json.loads(plain)
    except MALFORMED:
        raise ForeignError("it opens, and is no document of restic's") from None
    if not isinstance(read, dict):
        raise ForeignError("it opens, and is no document of restic's")
    return read
