"""Names of invented people, a function of their number."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lookout.demo.cells import Ints, either, hashed, join
from lookout.demo.words import words


def person_names(persons: Ints) -> pa.Array:
    """Return a surname and one or two given characters."""
    lists = words().lists

    def part(word: str, salt: int) -> pa.Array:
        return lists[word].take(pa.array(hashed(persons, np.full(len(persons), salt)) % len(lists[word])))

    long = hashed(persons, np.full(len(persons), 14)) % 4 > 0
    return join(part("surnames", 11), part("given", 12), either(long, part("given", 13), ""))
