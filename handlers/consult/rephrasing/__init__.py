"""An answer put by a language model into words that fit the person's own, and checked against the entry."""
