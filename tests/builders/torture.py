"""Which of a test's moments every run of the suite looks at, and which `inv dev.torture` alone."""

from collections.abc import Iterable

import pytest


def some_of(moments: Iterable[object], *always: object) -> list[object]:
    """For `parametrize`: those that are always run as they are, and the others with the mark `torture`."""
    return [one if one in always else pytest.param(one, marks=pytest.mark.torture) for one in moments]
