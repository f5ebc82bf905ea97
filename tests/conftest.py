"""What all tests share: nothing is left in the checkout, which may be another user's; no test is timed."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

settings.register_profile("suite", database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
