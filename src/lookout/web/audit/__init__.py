"""What was changed on the desk, by whom and why: written once, never changed."""
