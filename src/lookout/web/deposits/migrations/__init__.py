"""Schema history of the contract vault."""
