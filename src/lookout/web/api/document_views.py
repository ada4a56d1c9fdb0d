"""What the builders of partners' systems read: the description of all addresses, the schemas, a reference page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from lookout.web.api import problems
from lookout.web.api.formats import FORMATS, schema_address, schema_text
from lookout.web.api.openapi import ABOUT, SERVER, document

_SCHEMA_TYPE = "application/schema+json"
_METHODS = ("get", "post")
_PLAIN = {
    "string": _("文本"), "integer": _("整数"), "number": _("数"), "boolean": "true/false", "object": _("对象"),
    "null": "null",
}  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """One parameter or member as the page shows it."""

    name: str
    where: str
    required: bool
    kind: str
    about: str


@dataclass(frozen=True)
class Operation:
    """One address as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    about: str
    parameters: tuple[Parameter, ...]
    body: tuple[Parameter, ...]
    answer: tuple[Parameter, ...]
    statuses: tuple[str, ...]
    example: str


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Give the description as a document."""
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False, "indent": 1})


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """Answer for addresses that do not exist. Exempt from CSRF, since nothing is done."""
    return problems.answer(problems.Problem("not_found"))


@require_safe
def schema(request: HttpRequest, kind: str) -> HttpResponse:
    """Give the JSON Schema of a published format."""
    if kind not in FORMATS:
        raise Http404
    return HttpResponse(schema_text(kind), content_type=_SCHEMA_TYPE)


@require_safe
def schema_list(request: HttpRequest) -> HttpResponse:
    """List the published formats."""
    found = [
        {
            "kind": kind,
            "title": gettext(title),
            "address": schema_address(kind),
            "members": _schema_members(kind),
        }
        for kind, (_model, title) in FORMATS.items()
    ]
    return render(request, "api/schemas.html", {"formats": found})


def _schema_members(kind: str) -> tuple[Parameter, ...]:
    made = json.loads(schema_text(kind))
    return _members(made, made.get("$defs", {}))


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show every address, made from the description; no script, nothing from elsewhere."""
    described = document()
    groups: dict[str, list[Operation]] = {_word(tag["name"]): [] for tag in described["tags"]}
    for path, operations in described["paths"].items():
        for method, one in operations.items():
            if method in _METHODS:
                groups[_word(one["tags"][0])].append(
                    _operation(path, method, one, described["components"]["schemas"])
                )
    told = [(code, *rest) for code, rest in problems.CODES.items()]
    context = {
        "groups": groups,
        "about": _word(ABOUT),
        "server": SERVER,
        "problems": told,
        "described": described["info"],
    }
    return render(request, "api/docs.html", context)


def _operation(path: str, method: str, one: dict[str, Any], schemas: dict[str, Any]) -> Operation:
    parameters = tuple(
        Parameter(
            given["name"], given["in"], given.get("required", False), _kind(given["schema"], schemas),
            _word(given.get("description") or given["schema"].get("description", "")),
        )
        for given in one.get("parameters", [])
    )  # fmt: skip
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    good: dict[str, Any] = next(
        (r.get("content", {}).get("application/json", {}) for s, r in one["responses"].items() if s == "200"),
        {},
    )
    return Operation(
        anchor=one["operationId"],
        method=method.upper(),
        path=f"{SERVER}{path}",
        summary=_word(one["summary"]),
        about=_word(one.get("description", "")),
        parameters=parameters,
        body=_members(body, schemas),
        answer=_members(good.get("schema", {}), schemas),
        statuses=tuple(sorted(one["responses"])),
        example=_example(path, method),
    )


def _example(path: str, method: str) -> str:
    shown = f"curl -H 'Authorization: Bearer lki_…' \\\n     'https://lookout.example.gov.cn{SERVER}{path}'"
    if method == "post":
        kind = "application/octet-stream" if path == "/deliveries" else "application/json"
        extra = "X-Lookout-File: a.csv" if path == "/deliveries" else "Idempotency-Key: 2026-10-31-0001"
        shown += f" \\\n     -H 'Content-Type: {kind}' -H '{extra}' --data-binary @file"
    return shown


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schemas.get(name, {}) if name else schema
    return found


def _word(text: str) -> str:
    """Return what the description says in the reader's language: the document itself speaks Chinese."""
    return gettext(text) if text else ""


def _members(schema: dict[str, Any], schemas: dict[str, Any], before: str = "") -> tuple[Parameter, ...]:
    """Return the members of an object, and those of the records in a list, one step down."""
    whole = _resolved(schema, schemas)
    found: list[Parameter] = []
    for name, one in whole.get("properties", {}).items():
        about = " · ".join(_word(one[part]) for part in ("title", "description") if one.get(part))
        found.append(
            Parameter(before + name, "", name in whole.get("required", []), _kind(one, schemas), about)
        )
        inner = one.get("items", {})
        if before.count(".") < 2 and _resolved(inner, schemas).get("properties"):
            found += _members(inner, schemas, f"{before}{name}[].")
        elif before.count(".") < 2:
            refs = [one, *one.get("anyOf", [])]
            deeper = next((ref for ref in refs if _resolved(ref, schemas).get("properties")), None)
            if deeper is not None:
                found += _members(deeper, schemas, f"{before}{name}.")
    return tuple(found)


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_kind(one, schemas) for one in schema["anyOf"]))
    whole = _resolved(schema, schemas)
    if "enum" in whole:
        return " ".join(str(one) for one in whole["enum"])
    if "const" in whole:
        return json.dumps(whole["const"])
    if whole.get("type") == "array":
        return f"[{_kind(whole.get('items', {}), schemas)}]"
    shown = str(_PLAIN.get(str(whole.get("type", "")), _("任意")))
    return f"{shown} ({whole['format']})" if "format" in whole else shown
