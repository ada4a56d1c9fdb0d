"""The machine door as one service: all addresses under one version."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Router

from lookout.web.api import delivering, exporting, problems, proving, reading
from lookout.web.api.access import Caller, KeyAuth
from lookout.web.api.answers import KeyAnswer, answer
from lookout.web.api.problems import ProblemAnswer
from lookout.web.api.reading import Tag

TITLE = "瞭望 Lookout 接口"
VERSION = "1"
router = Router()


@router.get("/me", auth=KeyAuth(), summary="这把钥匙能做什么", operation_id="get_me", tags=["钥匙"],
            response={200: KeyAnswer, 304: None,
                      **dict.fromkeys((401, 403, 422, 429), ProblemAnswer)})  # fmt: skip
def get_me(request: HttpRequest, held: Tag = None) -> HttpResponse:
    """用途、地区、网络、期限和配额。"""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by KeyAuth
    key = caller.key
    told = KeyAnswer(
        name=key.name, purpose=key.purpose, scopes=sorted(key.scopes), region=key.region,
        networks=key.networks, expires_at=key.expires_at, per_minute=key.per_minute, per_day=key.per_day,
        left_today=max(0, key.per_day - key.day_calls),
    )  # fmt: skip
    return answer(request, told)


def _build() -> NinjaAPI:
    made = NinjaAPI(title=TITLE, version=VERSION, docs_url=None, openapi_url=None, urls_namespace="api_v1")
    for part in (router, reading.router, exporting.router, delivering.router, proving.router):
        made.add_router("", part)
    problems.register(made)
    return made


service = _build()
