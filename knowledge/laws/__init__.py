"""Law texts: reading them into articles, and understanding which law and article somebody names.

Knows nothing of the database or of chat. ``parsing`` reads a text, ``files`` a file, ``catalog`` knows names and
versions, ``asked`` reads a question, ``showing`` says an article in few words.
"""
