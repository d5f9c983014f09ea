"""Hazards told as statements: asked about once, then handed to whoever takes tips, else to the officer on duty."""
