"""Imported law texts: kept by version, shown when an article is asked by name, suggested to staff."""
