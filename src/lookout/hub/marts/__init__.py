"""Tables rebuilt every run from the as_of views: one row per company, what one aggregate cannot say."""

from lookout.hub.marts.binding import bind, in_dialect
from lookout.hub.marts.form import Evidence, Mart, MartColumn
from lookout.hub.marts.loader import Marts, load, mart_sql, marts

__all__ = ["Evidence", "Mart", "MartColumn", "Marts", "bind", "in_dialect", "load", "mart_sql", "marts"]
