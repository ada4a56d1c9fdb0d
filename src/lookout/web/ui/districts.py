"""Today's districts of the home province, for a choice in a form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from lookout.kernel.regions import current_children

PROVINCE = "440000"
SEPARATORS = re.compile(r"[\s、,，;；]+")


def districts() -> Iterator[tuple[str, Any]]:
    """Return today's districts, city by city; a city without districts stands for itself."""
    yield "", _("请选择")
    for city in current_children(PROVINCE):
        below = current_children(city.code) or (city,)
        yield city.name, [(one.code, one.name) for one in below]
