"""The shared words: identifiers, regions, money, clock, errors. Standard library only."""
