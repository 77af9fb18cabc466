"""Measurements beside a baseline of the same run. `make bench`; results in docs/performance.md."""
