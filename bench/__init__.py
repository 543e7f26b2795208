"""Benchmarks: Dripline and its peers side by side, in one run, on one PostgreSQL. See README.md."""
