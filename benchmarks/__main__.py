"""Run every benchmark: each module here that has a `main`."""

from __future__ import annotations

import importlib
import pkgutil

import benchmarks


def main() -> None:
    """One after the other, by name."""
    for module in sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__)):
        if module != "__main__":
            run = getattr(importlib.import_module(f"benchmarks.{module}"), "main", None)
            if run:
                run()


if __name__ == "__main__":
    main()
