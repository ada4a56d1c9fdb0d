"""The overlay of re-scored companies that readers see over the published run."""

from lookout.hub.live.overlay import OVERLAID, add_overlay, overlay_folder, overlay_sequence

__all__ = ["OVERLAID", "add_overlay", "overlay_folder", "overlay_sequence"]
