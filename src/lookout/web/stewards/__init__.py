"""Whom a row means: the stewards' queue, a case with both sides, judgements and their undoing (归并)."""
