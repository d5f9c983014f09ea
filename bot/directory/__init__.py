"""People, and later: roster, regions, industries, duty roster."""
