"""The first page: today's warnings and what changed."""
