"""The peers, each as its authors show it."""
