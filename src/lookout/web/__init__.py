"""The desk: one Django project over published runs; it reads hub.reading and nothing deeper."""
