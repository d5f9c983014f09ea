"""One folder per conversation, each a vertical slice; slices never import each other."""
