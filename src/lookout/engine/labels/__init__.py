"""The label catalogue (243 labels in nine families) and its evaluation."""

from lookout.engine.labels.evaluate import LabelState, evaluate, reason_text, state_of
from lookout.engine.labels.form import Dimension, Family, Label, Room
from lookout.engine.labels.loader import Labels, catalogue, load


def waiting() -> dict[Room, tuple[Label, ...]]:
    """Return the shipped labels that have no data yet, by the room they wait for."""
    return catalogue().waiting()


__all__ = [
    "Dimension", "Family", "Label", "LabelState", "Labels", "Room", "catalogue", "evaluate", "load",
    "reason_text", "state_of", "waiting",
]  # fmt: skip
