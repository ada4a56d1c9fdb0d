"""The JSON Schemas of the published formats: Draft 2020-12, under a version that never changes its meaning."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from lookout.web.api.formats.clue import Clue
from lookout.web.api.formats.filing import Filing
from lookout.web.api.formats.rating import Rating, Warning_
from lookout.web.api.formats.region_index import RegionIndex

VERSION = "v1"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
FORMATS: dict[str, tuple[type[BaseModel], str]] = {
    "clue": (Clue, "风险线索"),
    "warning": (Warning_, "预警"),
    "rating": (Rating, "企业评级"),
    "filing": (Filing, "报送"),
    "index": (RegionIndex, "地区风险指数"),
}


def schema_address(kind: str) -> str:
    """Return where the schema of a kind is published, below the address of the desk."""
    return f"/schemas/{VERSION}/{kind}.json"


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind. Raises KeyError for an unknown one."""
    model, title = FORMATS[kind]
    made = model.model_json_schema(mode="serialization", schema_generator=GenerateJsonSchema)
    made["title"] = title
    # A name, not a place: where the document is served differs from office to office.
    return {"$schema": DRAFT, "$id": f"urn:lookout:schema:{VERSION}:{kind}", **made}


def schema_text(kind: str) -> str:
    """Return the schema as the file that is published."""
    return json.dumps(schema_of(kind), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
