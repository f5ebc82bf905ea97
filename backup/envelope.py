"""The envelope in which a repository keeps what recovery stands on: a document and its signature, in one tag.

A tag is there, whole, as soon as its object is: a process killed at any time leaves a document or none, never half one.
Version 1 is the bare document, unsigned; version 2 is ``{"version", "document", "signature"}``.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from groundwork.model.signature import Signature, Signers, SigningKey

UNSIGNED, SIGNED = 1, 2
_LARGEST_BYTES = 1 << 20
_SIGNATURE = TypeAdapter(Signature)


class EnvelopeError(ValueError):
    """Why a tag holds no document, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What an envelope holds, nothing of it believed yet; a version that is not ours has no document."""

    version: int
    document: dict[str, Any]
    signature: Signature | None = None

    def vouched_by(self, purpose: str, signers: Signers) -> str:
        """The signer who vouches for the document for this purpose; empty when none does."""
        return (self.signature and signers.vouching(purpose, self.document, self.signature)) or ""


def seal(purpose: str, document: dict[str, Any], key: SigningKey) -> dict[str, Any]:
    """The envelope of version 2."""
    return {"version": SIGNED, "document": document, "signature": asdict(key.sign(purpose, document))}


def write_tag(name: str, envelope: dict[str, Any]) -> str:
    """The tag ``<name>=…`` that holds the envelope; compressed, and free of commas."""
    packed = zlib.compress(json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode(), level=9)
    return f"{name}={base64.urlsafe_b64encode(packed).decode()}"


def open_tag(name: str, tags: Iterable[str]) -> Opened:
    """The envelope in the one tag ``<name>=…``. Raises EnvelopeError with the reason, whatever the tags hold."""
    written = [tag.partition("=")[2] for tag in tags if tag.startswith(f"{name}=")]
    if len(written) != 1:
        raise EnvelopeError(f"it bears {len(written)} tags {name}=…, not one")
    read = _parse(_unpack(written[0]))
    if not isinstance(read, dict):
        raise EnvelopeError("it holds no JSON object")
    version = read.get("version", UNSIGNED)
    if type(version) is not int or version < UNSIGNED:
        raise EnvelopeError("its version is no version")
    if version == UNSIGNED:
        return Opened(version=UNSIGNED, document=read)
    if version > SIGNED:
        return Opened(version=version, document={})
    document = read.get("document")
    try:
        signature = _SIGNATURE.validate_python(read.get("signature"))
    except ValidationError:
        signature = None
    if not isinstance(document, dict) or signature is None:
        raise EnvelopeError("it holds no document with a signature")
    return Opened(version=version, document=document, signature=signature)


def _unpack(written: str) -> bytes:
    try:
        packed = base64.b64decode(written.encode("ascii"), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(packed, _LARGEST_BYTES)
    except (UnicodeEncodeError, binascii.Error, zlib.error):
        raise EnvelopeError("it is not what cityops writes") from None
    if unpacking.unconsumed_tail:
        raise EnvelopeError("it is larger than 1 MiB")
    if not unpacking.eof:
        raise EnvelopeError("it is cut off")
    return content


def _parse(content: bytes) -> object:
    try:
        read: object = json.loads(content)
    except (ValueError, RecursionError):  # ValueError: no JSON, no UTF-8, a number of thousands of digits
        raise EnvelopeError("it is no JSON") from None
    return read
