"""Schema history of companies."""
