"""A feature with the mistakes that a next author makes; the engine must cost nobody a message for them."""
