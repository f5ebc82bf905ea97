"""What all tests share: nothing is left in the checkout, which may be another user's."""

from hypothesis import settings

pytest_plugins = ["pytester"]

settings.register_profile("suite", database=None)
settings.load_profile("suite")
