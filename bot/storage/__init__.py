"""Where things are kept: the database, Valkey, media files, sealed fields."""
