"""The rating: indicators, dimensions, floors and caps, bands, and why."""

from lookout.engine.scoring.catalogue import DEFAULT_PROFILE, load, rating_catalogue
from lookout.engine.scoring.columns import input_schema
from lookout.engine.scoring.contributions import silent_lines
from lookout.engine.scoring.explain import band_name, explain, missing_data
from lookout.engine.scoring.model import Indicator, Profile, RatingCatalogue, Source
from lookout.engine.scoring.population import expected_sql, industry_index_sql, size_adjusted_codes
from lookout.engine.scoring.rating import Rated, decode_states, rate, rating_schema
from lookout.engine.scoring.sentences import indicator_phrases
from lookout.engine.scoring.sub_scores import State
from lookout.engine.scoring.universe import monitored_universe, universe_sql

__all__ = [
    "DEFAULT_PROFILE",
    "Indicator",
    "Profile",
    "Rated",
    "RatingCatalogue",
    "Source",
    "State",
    "band_name",
    "decode_states",
    "expected_sql",
    "explain",
    "indicator_phrases",
    "industry_index_sql",
    "input_schema",
    "load",
    "missing_data",
    "monitored_universe",
    "rate",
    "rating_catalogue",
    "rating_schema",
    "silent_lines",
    "size_adjusted_codes",
    "universe_sql",
]
