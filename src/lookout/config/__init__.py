"""Typed settings and logging, read once at start by cli, web and pipeline, which pass values down."""

from lookout.config.logging import configure_logging
from lookout.config.settings import Settings, SettingsError, load_settings

__all__ = ["Settings", "SettingsError", "configure_logging", "load_settings"]
