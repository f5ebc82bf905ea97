"""The sender's read-only server, spoken to as WebDAV: what it lists, and its files."""

import base64
import errno
import http.client
import ssl
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar, cast

from repository_host.layout import FULL_EXIT_CODE, SETUP_EXIT_CODE, HostError
from repository_host.names import Listed

T = TypeVar("T")

# Only what is needed: for a file's type the server would open each file, one after another.
_ASKED = (
    b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:getcontentlength/><D:getlastmodified/></D:prop>'
    b"</D:propfind>"
)
_SILENT_SECONDS = 60.0
_TRIES = 3
_MULTI_STATUS = 207
_LARGEST_LISTING_BYTES = 2 << 30
_LARGEST_CONFIG_BYTES = 1 << 14
_PIECE_BYTES = 1 << 20
_TROUBLE = (OSError, http.client.HTTPException)


class FileTroubleError(Exception):
    """The server answers, and has this one file not as it lists it."""


class Sender:
    """One server; each thread that speaks to it has a connection of its own."""

    def __init__(self, settings: dict[str, str]) -> None:
        if not settings.get("URL"):
            raise HostError(
                "no sender is set in /etc/cityops/sender.env: this site copies from nobody", SETUP_EXIT_CODE
            )
        self.url = settings["URL"]
        self._parts = urllib.parse.urlsplit(self.url)
        word = f"{settings.get('USER', '')}:{settings.get('PASSWORD', '')}".encode()
        self._headers = {"Authorization": f"Basic {base64.b64encode(word).decode()}"}
        self._trust = ssl.create_default_context(cafile=settings.get("CA") or None)
        self._own = threading.local()

    def list_kind(self, kind: str) -> dict[str, Listed]:
        """Every file below the kind's folder by its path; none when there is no such folder."""
        return self._patiently(lambda: self._list(kind), f"list {kind}/")

    def config(self) -> bytes:
        """The file that says which repository this is."""
        try:
            return self._patiently(lambda: self._read("config", _LARGEST_CONFIG_BYTES), "read config")
        except FileTroubleError as error:
            raise HostError(f"the repository at {self.url} has no config ({error}): was it made?") from error

    def fetch(self, path: str, size: int, target: Path) -> None:
        """Bring a file of that size to the target. Raises FileTroubleError, HostError."""
        self._patiently(lambda: self._fetch(path, size, target), f"fetch {path}")

    def _list(self, kind: str) -> dict[str, Listed]:
        answer = self._ask("PROPFIND", f"{kind}/", {"Depth": "infinity", "Content-Type": "application/xml"}, _ASKED)
        if answer.status == http.client.NOT_FOUND:
            answer.read()
            return {}
        if answer.status != _MULTI_STATUS:
            raise OSError(f"{answer.status} {answer.reason}")
        parser: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(("start", "end"))
        found: dict[str, Listed] = {}
        root: ET.Element | None = None
        read = 0
        while piece := answer.read(_PIECE_BYTES):
            read += len(piece)
            if read > _LARGEST_LISTING_BYTES or b"<!DOCTYPE" in piece:
                raise HostError(f"{self.url} lists its {kind}/ as no repository would")
            parser.feed(piece)
            for event, element in cast("Iterator[tuple[str, ET.Element]]", parser.read_events()):
                root = element if root is None else root
                if event == "end" and element.tag == "{DAV:}response":
                    self._note(element, found)
                    root.clear()
        return found

    def _note(self, response: ET.Element, found: dict[str, Listed]) -> None:
        path = urllib.parse.unquote(response.findtext("{DAV:}href", ""))
        size = response.findtext(".//{DAV:}getcontentlength") or ""
        if size.isdigit() and not path.endswith("/"):
            name = path.removeprefix(self._parts.path.rstrip("/")).lstrip("/")
            found[name] = Listed(int(size), response.findtext(".//{DAV:}getlastmodified", ""))

    def _read(self, path: str, most: int) -> bytes:
        answer = self._expect(path)
        content = answer.read(most)
        if len(content) == most:
            raise HostError(f"{path} at {self.url} is larger than any")
        return content

    def _fetch(self, path: str, size: int, target: Path) -> None:
        answer, came = self._expect(path), 0
        with target.open("wb") as writing:
            while piece := answer.read(_PIECE_BYTES):
                came += len(piece)
                if came > size:
                    break
                writing.write(piece)
        if came != size:
            self._own.connection = None  # what is left of the answer is not read
            raise FileTroubleError(f"{path} came with {came} bytes instead of {size}")

    def _expect(self, path: str) -> http.client.HTTPResponse:
        answer = self._ask("GET", path, {}, None)
        if answer.status != http.client.OK:
            answer.read(_PIECE_BYTES)
            raise FileTroubleError(f"{path}: {answer.status} {answer.reason}")
        return answer

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> http.client.HTTPResponse:
        connection = getattr(self._own, "connection", None) or self._connect()
        target = urllib.parse.quote(f"{self._parts.path.rstrip('/')}/{path}")
        connection.request(method, target, body=body, headers={**self._headers, **headers})
        answer = connection.getresponse()
        if answer.status == http.client.UNAUTHORIZED:
            raise HostError(f"{self.url} refuses the user name or password", SETUP_EXIT_CODE)
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        peer = (self._parts.hostname or "", self._parts.port)
        if self._parts.scheme == "https":
            own: http.client.HTTPConnection = http.client.HTTPSConnection(
                *peer, timeout=_SILENT_SECONDS, context=self._trust
            )
        else:
            own = http.client.HTTPConnection(*peer, timeout=_SILENT_SECONDS)
        self._own.connection = own
        return own

    def _patiently(self, act: Callable[[], T], doing: str) -> T:
        """Act, up to three times, each on a new connection: a line between sites drops packets."""
        for tried in range(1, _TRIES + 1):
            try:
                return act()
            except (*_TROUBLE, ET.ParseError) as error:
                self._own.connection = None
                if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
                    raise HostError(f"this host's disk is full: {error}", FULL_EXIT_CODE) from error
                if tried == _TRIES:
                    raise HostError(f"cannot {doing} at {self.url}: {error}") from error
                time.sleep(tried)
        raise AssertionError
