"""What of the knowledge base is served: the entries in the tree, under the versions that staff published over them."""
