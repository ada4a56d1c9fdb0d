"""Connectors: a mapping drafted from a file, and the places that files come from by themselves."""

from lookout.sources.connectors.drafting import Draft, Match, details, draft
from lookout.sources.connectors.folder import FolderConnector
from lookout.sources.connectors.form import (
    BadConnectionError,
    Connection,
    connection_text,
    parse_connection,
)
from lookout.sources.connectors.objects import ObjectConnector
from lookout.sources.connectors.offers import Connector, Cursor, Offer, Outcome
from lookout.sources.connectors.pushed import PushConnector
from lookout.sources.connectors.schedule import wait_after
from lookout.sources.connectors.sql import SqlConnector
from lookout.sources.connectors.wording import mapping_text

__all__ = [
    "BadConnectionError",
    "Connection",
    "Connector",
    "Cursor",
    "Draft",
    "FolderConnector",
    "Match",
    "ObjectConnector",
    "Offer",
    "Outcome",
    "PushConnector",
    "SqlConnector",
    "connection_text",
    "details",
    "draft",
    "mapping_text",
    "parse_connection",
    "wait_after",
]
