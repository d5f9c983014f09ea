"""Conversations that exist for tests alone."""
