"""Measurements, each beside its peer in the same run. ``python -m tests.bench [name …]`` writes ``var/bench/*.json``."""
