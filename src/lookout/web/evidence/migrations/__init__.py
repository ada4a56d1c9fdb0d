"""Schema history of evidence deposits."""
