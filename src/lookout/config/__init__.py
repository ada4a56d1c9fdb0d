"""Typed settings and logging, read once at start by cli, web and pipeline, which pass values down."""

from lookout.config.layout import LAYOUT, LAYOUT_FILE, read_layout, write_layout
from lookout.config.logging import configure_logging
from lookout.config.secrets import environment_with
from lookout.config.settings import Settings, SettingsError, load_settings

__all__ = [
    "LAYOUT",
    "LAYOUT_FILE",
    "Settings",
    "SettingsError",
    "configure_logging",
    "environment_with",
    "load_settings",
    "read_layout",
    "write_layout",
]
