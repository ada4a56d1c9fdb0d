"""Whose fact it is: codes make companies, normalised names and older codes point to them."""

from lookout.hub.resolution.names import normalise_name
from lookout.hub.resolution.register import (
    POINTERS,
    REGISTER_SCHEMA,
    add_companies,
    add_pointers,
    is_pointer,
    lookup_sql,
)

__all__ = [
    "POINTERS",
    "REGISTER_SCHEMA",
    "add_companies",
    "add_pointers",
    "is_pointer",
    "lookup_sql",
    "normalise_name",
]
