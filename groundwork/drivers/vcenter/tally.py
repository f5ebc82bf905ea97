"""Whether a disk arrived in whole: its announced length, its line of the manifest, or the end marker of its VMDK."""

import hashlib
from collections.abc import Generator, Iterator
from typing import Any

from groundwork.shell.chunks import Summed

_SECTOR = 512
_TAIL_BYTES = 3 * _SECTOR  # of a streamOptimized VMDK: the footer's marker, the footer, the end-of-stream marker
_FOOTER_MARK = (1).to_bytes(8, "little") + (0).to_bytes(4, "little") + (3).to_bytes(4, "little")
_MAGIC = b"KDMV"
SHA256 = "sha256"  # as the manifest names it


class Tally:
    """Watches one disk on its way; `whole` once its stream has ended without an error.

    `key` is that of its line in the manifest. With `sha256` that line will bear a SHA-256, else a SHA-1; the disk is
    summed with one of them beside its own SHA-256.
    """

    def __init__(self, *, key: str, sha256: bool = False) -> None:
        self.key = key
        self.whole = False
        self.announced = False
        self._summed = Summed(iter(()))
        self._sha1 = None if sha256 else hashlib.sha1(usedforsecurity=False)  # the manifest's; TLS guards
        self._head = b""
        self._tail = b""

    def count(self, chunks: Generator[bytes, None, bool]) -> Summed:
        """The chunks as they are; their generator returns whether their end was announced and reached."""
        self._summed = Summed(self._watch(chunks))
        return self._summed

    def _watch(self, chunks: Generator[bytes, None, bool]) -> Iterator[bytes]:
        while True:
            try:
                chunk = next(chunks)
            except StopIteration as end:
                self.announced, self.whole = bool(end.value), True
                return
            if self._sha1:
                self._sha1.update(chunk)
            if len(self._head) < len(_MAGIC):
                self._head = (self._head + chunk[: len(_MAGIC)])[: len(_MAGIC)]
            self._tail = (self._tail + chunk[-_TAIL_BYTES:])[-_TAIL_BYTES:]
            yield chunk

    @property
    def size_bytes(self) -> int:
        """How many bytes came."""
        return self._summed.size_bytes

    def why_not_whole(self, entry: Any | None) -> str:
        """Why it cannot be taken as whole, given its line of the manifest, if any; empty when it can."""
        if self._head != _MAGIC:
            return f"its {self.size_bytes} bytes are no streamOptimized disk"
        if entry is not None:
            if entry.size != self.size_bytes:
                return f"{self.size_bytes} bytes came, the manifest says {entry.size}"
            if not self._is_summed_as(entry):
                return f"its {self.size_bytes} bytes are not those of the manifest"
            return ""
        if self.announced or self._has_end_marker():
            return ""
        return f"its stream ended after {self.size_bytes} bytes without a length, a manifest or an end marker"

    def _is_summed_as(self, entry: Any) -> bool:
        """Whether the sums agree, where the line of the manifest has one that was made here."""
        if entry.checksum and str(entry.checksumType).lower() == SHA256:
            return bool(entry.checksum.lower() == self._summed.sha256)
        return not (entry.sha1 and self._sha1) or bool(entry.sha1.lower() == self._sha1.hexdigest())

    def _has_end_marker(self) -> bool:
        marker, footer, end = (self._tail[start : start + _SECTOR] for start in range(0, _TAIL_BYTES, _SECTOR))
        return marker.startswith(_FOOTER_MARK) and footer.startswith(_MAGIC) and end == bytes(_SECTOR)
