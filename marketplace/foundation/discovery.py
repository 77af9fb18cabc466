"""Load every module of a package, so that a new file is enough to add a page or a command."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType


def load_modules(package_name: str) -> list[ModuleType]:
    """Import all modules directly inside a package, in alphabetical order."""
    package = import_module(package_name)
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return [import_module(f"{package_name}.{name}") for name in names]
