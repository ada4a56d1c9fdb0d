"""Clues: the ledger of what must be looked into, from the first sign to the outcome and beyond."""
