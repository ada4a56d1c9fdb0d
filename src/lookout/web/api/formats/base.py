"""What all published formats share."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

Score = Annotated[
    Decimal,
    Field(ge=0, le=100, max_digits=5, decimal_places=2),
    PlainSerializer(lambda value: f"{value:.2f}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^(100\.00|[0-9]{1,2}\.[0-9]{2})$", "examples": ["83.10"]}),
]
Points = Annotated[
    Decimal,
    PlainSerializer(lambda value: f"{value:.2f}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,3}\.[0-9]{2}$", "examples": ["12.50"]}),
]
Yuan = Annotated[
    Decimal,
    Field(ge=0, max_digits=18, decimal_places=2),
    PlainSerializer(lambda value: f"{value:.2f}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,16}\.[0-9]{2}$", "examples": ["150000.00"]}),
]
Share = Annotated[float, Field(ge=0, le=1)]
RegionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["440106"])]
Identifier = Annotated[str, Field(min_length=1, max_length=120, examples=["91440101MA5ANBAE0P"])]
BandCode = Literal["red", "orange", "yellow", "normal", "grey"]


class Document(BaseModel):
    """A published record. Unknown members are mistakes; money and scores are decimal texts, never floats."""

    model_config = ConfigDict(extra="forbid", use_enum_values=True)
