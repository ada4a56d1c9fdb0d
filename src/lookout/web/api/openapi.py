"""The description of the machine door (OpenAPI 3.1), made from the operations themselves."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from lookout.web.api.problems import MEDIA_TYPE
from lookout.web.api.service import service

SERVER = "/api/v1"
ABOUT = (
    "合作单位的系统凭钥匙读取预警、评级和线索，推送事件、报表和文件。钥匙由安全管理员按用途、地区和网络发放；"
    "每次读取都带着钥匙的用途留痕。出错的答复都是 application/problem+json，语言按 Accept-Language。"
)
_TEXT = {"type": "string"}
_HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"description": "内容的标记", "schema": _TEXT},
    "Retry-After": {"description": "多少秒后再试", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "Bearer", "schema": _TEXT},
    "X-Lookout-Cursor": {"description": "导出开始时的游标", "schema": _TEXT},
}
_METHODS = ("get", "post")


@cache
def document() -> dict[str, Any]:
    """Return the whole description; nothing of it depends on who asks."""
    made = json.loads(json.dumps(service.get_openapi_schema(path_prefix="")))
    made["openapi"] = "3.1.0"
    made["info"]["description"] = ABOUT
    made["servers"] = [{"url": SERVER}]
    made["tags"] = [{"name": name} for name in ("钥匙", "读取", "写入", "存证")]
    made["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer 加钥匙"}
    }
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            if method in _METHODS:
                operation["security"] = [{"key": []}]
                for parameter in operation.get("parameters", []):
                    _without_null(parameter)
                _describe(path, method, operation["responses"])
    return dict(made)


def _without_null(parameter: dict[str, Any]) -> None:
    """A parameter is given or left out; there is no null in an address."""
    schema = parameter["schema"]
    if "anyOf" in schema:
        (given,) = [one for one in schema.pop("anyOf") if one.get("type") != "null"]
        schema |= given
        schema.pop("default", None)


def _describe(path: str, method: str, responses: dict[str, Any]) -> None:
    """Say what media types and headers the answers really have."""
    if path == "/exports":
        lines = {"application/x-ndjson": {"schema": _TEXT}, "text/csv": {"schema": _TEXT}}
        responses["200"] = {
            "description": "OK",
            "content": lines,
            "headers": {"X-Lookout-Cursor": _HEADERS["X-Lookout-Cursor"]},
        }
    for status, response in responses.items():
        if int(status) >= 400:
            response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        headers = response.setdefault("headers", {})
        if method == "get" and status in ("200", "304") and path != "/exports":
            headers["ETag"] = _HEADERS["ETag"]
        if status in ("429", "503"):
            headers["Retry-After"] = _HEADERS["Retry-After"]
        if status == "401":
            headers["WWW-Authenticate"] = _HEADERS["WWW-Authenticate"]
        if not headers:
            del response["headers"]
