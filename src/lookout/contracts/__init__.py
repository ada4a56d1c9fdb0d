"""The declared tables: column, type, unit, Chinese name, codes, key, sensitivity, freshness."""

from lookout.contracts.catalogue import CATEGORIES, Contracts, contracts, load
from lookout.contracts.schema import PROVENANCE, Column, ColumnType, Table

__all__ = ["CATEGORIES", "PROVENANCE", "Column", "ColumnType", "Contracts", "Table", "contracts", "load"]
