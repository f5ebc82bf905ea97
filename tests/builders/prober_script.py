"""The program that runs on a prober host, imported from where the role keeps it."""

import importlib.util
from pathlib import Path
from types import ModuleType

SCRIPT = Path(__file__).parents[2] / "playbooks" / "roles" / "prober" / "files" / "prober.py"


def load_prober_script() -> ModuleType:
    """A fresh copy of the module."""
    spec = importlib.util.spec_from_file_location("prober_script", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
