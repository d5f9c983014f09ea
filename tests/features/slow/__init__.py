"""Messages that are slow, fail, or write what cannot be written."""
