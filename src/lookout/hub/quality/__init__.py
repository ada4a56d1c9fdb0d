"""Quality: types, codes, check digits, dates and regions of a file, checked column by column."""

from lookout.hub.quality.check import REJECT_SCHEMA, Checked, Checker, check
from lookout.hub.quality.columns import arrow_type
from lookout.hub.quality.digests import row_digests
from lookout.hub.quality.masks import mask, mask_column

__all__ = ["REJECT_SCHEMA", "Checked", "Checker", "arrow_type", "check", "mask", "mask_column", "row_digests"]
