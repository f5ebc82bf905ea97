"""What all tests share: nothing is left in the checkout, which may be another user's; no test is timed.

Tests that bear the mark `torture` take long and look for what is rare: `inv dev.torture` runs them, and them alone.
"""

import random

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

settings.register_profile("suite", database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--torture", action="store_true", help="run the tests that `inv dev.torture` runs, and no others")
    parser.addoption("--seed", type=int, default=1, help="where the random moments of a test begin")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "torture: takes long, and looks for what is rare: `inv dev.torture` runs it")


@pytest.hookimpl(trylast=True)  # what else picks tests has marked them by now
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = bool(config.getoption("--torture"))
    left_out = [item for item in items if (item.get_closest_marker("torture") is not None) != wanted]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """Random moments, the same for a seed and a test."""
    return random.Random(f"{request.config.getoption('--seed')} {request.node.nodeid}")  # noqa: S311 - no secret
