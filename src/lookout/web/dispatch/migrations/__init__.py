"""Schema history of dispatch."""
