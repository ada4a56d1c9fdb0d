"""Intake: files pushed by departments and vendors over HTTP, with a key, for a receipt."""
