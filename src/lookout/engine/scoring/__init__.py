"""The rating: indicators, dimensions, floors and caps, bands, and why."""

from lookout.engine.scoring.catalogue import DEFAULT_PROFILE, load, rating_catalogue
from lookout.engine.scoring.columns import input_schema
from lookout.engine.scoring.model import Indicator, Profile, RatingCatalogue, Source
from lookout.engine.scoring.rating import Rated, decode_states, rate, rating_schema
from lookout.engine.scoring.sub_scores import State

__all__ = [
    "DEFAULT_PROFILE",
    "Indicator",
    "Profile",
    "Rated",
    "RatingCatalogue",
    "Source",
    "State",
    "decode_states",
    "input_schema",
    "load",
    "rate",
    "rating_catalogue",
    "rating_schema",
]
