"""Changes of the tables of objections over time."""
