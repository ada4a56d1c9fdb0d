"""Complaints: the public's page, the officers' list, and what becomes of a report."""
