"""Lookout 瞭望: sees illegal fund-raising growing before it collapses, and says why."""

__version__ = "0.1.0"
