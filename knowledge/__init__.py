"""Safety knowledge: reviewed entries with their sources, and the retrieval that answers from them.

Knows nothing of WeChat, Flask or the database.
"""
