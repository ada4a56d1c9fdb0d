"""The overlay of re-scored companies that readers see over the published run."""

from lookout.hub.live.overlay import (
    LOOKUP,
    OVERLAID,
    overlaid_keys,
    overlay_folder,
    overlay_sequence,
    put_overlay,
)

__all__ = ["LOOKUP", "OVERLAID", "overlaid_keys", "overlay_folder", "overlay_sequence", "put_overlay"]
