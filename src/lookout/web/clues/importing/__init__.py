"""Ledgers that bureaus kept in Excel until now: read, looked at line by line, and put into the ledger."""
