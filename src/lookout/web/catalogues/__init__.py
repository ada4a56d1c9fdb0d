"""The rules as published: labels, indicators, and how the score is made."""
