"""Dispatch: who must do what about a clue by when, what they found and did, and whether it helped."""
