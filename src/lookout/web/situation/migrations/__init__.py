"""Schema history of the situation."""
