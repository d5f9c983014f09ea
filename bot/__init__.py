"""The engine: everything a conversation needs, and nothing about any one conversation."""
