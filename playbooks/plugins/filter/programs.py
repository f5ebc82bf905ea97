"""How a program of several modules becomes the one file that a host is given."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from ansible import constants

_SHEBANG = b"#!/usr/bin/python3 -s\n"
_START = "import sys\n\nfrom {name}.__main__ import main\n\nif __name__ == '__main__':\n    sys.exit(main())\n"
_NO_DAY = (1980, 1, 1, 0, 0, 0)  # the same modules give the same bytes on every machine, so they are stored as they are


def packed_program(folder: str) -> str:
    """The file, in Ansible's own temporary folder, that runs the package in `folder` as a program."""
    package = Path(folder)
    packed = io.BytesIO()
    packed.write(_SHEBANG)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py", _NO_DAY), _START.format(name=package.name))
        for module in sorted(package.glob("*.py")):
            archive.writestr(zipfile.ZipInfo(f"{package.name}/{module.name}", _NO_DAY), module.read_bytes())
    content = packed.getvalue()
    file = Path(constants.DEFAULT_LOCAL_TMP) / f"{package.name}-{hashlib.sha256(content).hexdigest()[:16]}"
    file.write_bytes(content)
    return str(file)


def file_sha256(path: str) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """The filters by the name under which a task uses them."""
        return {"packed_program": packed_program, "file_sha256": file_sha256}
