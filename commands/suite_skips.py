"""The plugin by which a pytest of the suite writes down what it skipped: `-p commands.suite_skips --skips-to FILE`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from commands.suite import SkippedTests

if TYPE_CHECKING:
    import pytest


class WrittenSkips(SkippedTests):
    """Counts, and writes the counts at the end of the session; no file is left by a session that died."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def pytest_sessionfinish(self) -> None:
        """The session is over."""
        lines = [(one.part, one.reason) for one in self.list_not_run()]
        self._file.write_text(json.dumps(lines), encoding="utf-8")


def pytest_addoption(parser: "pytest.Parser") -> None:
    """The file's option."""
    parser.addoption("--skips-to", help="the file that gets what was skipped, as JSON")


def pytest_configure(config: "pytest.Config") -> None:
    """Begin to count, in the process that hears from every worker."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(WrittenSkips(Path(config.getoption("--skips-to"))))
