"""Emergencies: what people write when someone is in danger, in any conversation and any state.

It sees every message first: shows the numbers, says that we cannot call for the writer, and pages the duty officers
when it is happening now.
"""
