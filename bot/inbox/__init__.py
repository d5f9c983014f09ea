"""What came in: every message once, with the reply it got."""
