"""Whether a disk arrived in whole: its announced length, its line of the manifest, or the end marker of its VMDK."""

import hashlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

_SECTOR = 512
_TAIL_BYTES = 3 * _SECTOR  # of a streamOptimized VMDK: the footer's marker, the footer, the end-of-stream marker
_FOOTER_MARK = (1).to_bytes(8, "little") + (0).to_bytes(4, "little") + (3).to_bytes(4, "little")
_MAGIC = b"KDMV"


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts and sums one disk on its way; `whole` once its stream has ended without an error."""

    key: str
    whole: bool = False
    announced: bool = False
    size_bytes: int = 0
    _sha1: Any = field(default_factory=lambda: hashlib.sha1(usedforsecurity=False))  # the manifest's; TLS guards
    _head: bytes = b""
    _tail: bytes = b""

    def count(self, chunks: Generator[bytes, None, bool]) -> Iterator[bytes]:
        """The chunks as they are; their generator returns whether their end was announced and reached."""
        while True:
            try:
                chunk = next(chunks)
            except StopIteration as end:
                self.announced, self.whole = bool(end.value), True
                return
            self.size_bytes += len(chunk)
            self._sha1.update(chunk)
            self._head = (self._head + chunk[: len(_MAGIC)])[: len(_MAGIC)]
            self._tail = (self._tail + chunk)[-_TAIL_BYTES:]
            yield chunk

    def why_not_whole(self, entry: Any | None) -> str:
        """Why it cannot be taken as whole, given its line of the manifest, if any; empty when it can."""
        if self._head != _MAGIC:
            return f"its {self.size_bytes} bytes are no streamOptimized disk"
        if entry is not None:
            if entry.size != self.size_bytes:
                return f"{self.size_bytes} bytes came, the manifest says {entry.size}"
            if entry.sha1 and entry.sha1.lower() != self._sha1.hexdigest():
                return f"its {self.size_bytes} bytes are not those of the manifest"
            return ""
        if self.announced or self._has_end_marker():
            return ""
        return f"its stream ended after {self.size_bytes} bytes without a length, a manifest or an end marker"

    def _has_end_marker(self) -> bool:
        marker, footer, end = (self._tail[start : start + _SECTOR] for start in range(0, _TAIL_BYTES, _SECTOR))
        return marker.startswith(_FOOTER_MARK) and footer.startswith(_MAGIC) and end == bytes(_SECTOR)
