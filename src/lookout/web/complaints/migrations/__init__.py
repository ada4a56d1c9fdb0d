"""Schema history of clues."""
