"""What a machine is told when it is not served: one document (RFC 9457), one lasting code per reason."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel, Field

from lookout.hub.reading import NothingPublishedError
from lookout.kernel.errors import LookoutError, TransientError
from lookout.web.intake.refusals import RefusedError

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
TYPES_AT = "/api/docs/#"
CODES: dict[str, tuple[int, Any, Any]] = {
    "bad_json": (400, _("请求体不是合乎语法的 JSON"), _("按 JSON 语法改正请求体，编码用 UTF-8。")),
    "bad_request": (400, _("请求有误"), _("按说明改正请求。")),
    "cursor_invalid": (
        400,
        _("游标无效"),
        _("游标只能原样送回，且属于给出它的钥匙、资源和地区；请重新开始。"),
    ),
    "idempotency_key_missing": (400, _("缺少 Idempotency-Key"), _("每次写入带一个自己的、不重复的编号。")),
    "key_unknown": (401, _("钥匙不对"), _("在 Authorization 头中写 Bearer 加钥匙。")),
    "key_expired": (401, _("钥匙已过期"), _("向发钥匙的单位续期。")),
    "network_refused": (
        403,
        _("不能从这个网络使用"),
        _("从登记过的出口地址访问，或请发钥匙的单位登记新的出口。"),
    ),
    "scope_missing": (403, _("钥匙不包括这项用途"), _("向发钥匙的单位申请。")),
    "region_refused": (403, _("不在钥匙的地区之内"), _("只问钥匙所在地区；需要别的地区时另申请一把。")),
    "not_found": (404, _("没有这条记录"), _("核对编号；别的地区的记录也答复没有。")),
    "method_not_allowed": (405, _("这个地址不支持这种方法"), _("见 Allow 头。")),
    "body_conflict": (409, _("同一编号的内容不同"), _("换一个新的 Idempotency-Key，或原样重送。")),
    "in_progress": (409, _("同一编号的请求正在处理"), _("稍后原样重送。")),
    "digest_mismatch": (409, _("内容与摘要不符"), _("传输中损坏，重新发送。")),
    "too_large": (413, _("请求体太大"), _("分成几次发送。")),
    "wrong_type": (415, _("内容类型不对"), _("Content-Type 写 application/json。")),
    "invalid": (422, _("参数或内容不合要求"), _("按 errors 中逐条改正。")),
    "too_fast": (429, _("太快了"), _("等 Retry-After 秒后再试。")),
    "quota_used_up": (429, _("今天的次数已用完"), _("等 Retry-After 秒后再试，或申请提高配额。")),
    "failed": (500, _("服务出错"), _("不是请求的错；原样重试无用，请告知运维。")),
    "not_ready": (503, _("暂时不能答复"), _("等 Retry-After 秒后再试。")),
}
_BY_STATUS = {400: "bad_request", 401: "key_unknown", 403: "scope_missing", 404: "not_found",
              405: "method_not_allowed", 409: "digest_mismatch", 413: "too_large", 415: "wrong_type",
              422: "invalid", 429: "too_fast", 503: "not_ready"}  # fmt: skip
_REASONS = {
    "missing": _("缺少这一项"),
    "extra_forbidden": _("没有这一项；请改正名称或删去"),
    "int_parsing": _("应为整数"),
    "int_type": _("应为整数"),
    "bool_parsing": _("应为 true 或 false"),
    "string_type": _("应为文本"),
    "string_too_short": _("太短"),
    "string_too_long": _("太长"),
    "string_pattern_mismatch": _("写法不对"),
    "greater_than_equal": _("太小"),
    "less_than_equal": _("太大"),
    "literal_error": _("不在可选值之内"),
    "enum": _("不在可选值之内"),
    "list_type": _("应为列表"),
    "dict_type": _("应为对象"),
    "model_attributes_type": _("应为对象"),
    "too_short": _("太少"),
    "too_long": _("太多"),
    "timezone_aware": _("时刻要带时区，如 +08:00"),
}


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(title="位置")
    what: str = Field(title="问题")


class ProblemAnswer(BaseModel):
    """The answer to a request that is not served (RFC 9457)."""

    type: str = Field(title="类型", description="说明这类问题的地址")
    title: str = Field(title="名称")
    status: int = Field(title="HTTP 状态")
    code: str = Field(title="代码", description="不随语言变化")
    detail: str = Field(title="说明", description="出了什么问题，怎么办")
    errors: list[Fault] = Field(title="逐条问题")


@dataclass(frozen=True)
class Problem:
    """A problem to be told."""

    code: str
    detail: str = ""
    errors: Sequence[Fault] = ()
    retry_after: int = 0


def answer(problem: Problem) -> HttpResponse:
    """Return the answer that tells a problem, in the language of the request."""
    status, title, advice = CODES[problem.code]
    content = ProblemAnswer(
        type=f"{TYPES_AT}{problem.code}",
        title=str(title),
        status=status,
        code=problem.code,
        detail=problem.detail or str(advice),
        errors=list(problem.errors),
    )
    made = HttpResponse(
        json.dumps(content.model_dump(), ensure_ascii=False), status=status, content_type=MEDIA_TYPE
    )
    if status == 401:
        made.headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503) or problem.retry_after:
        made.headers["Retry-After"] = str(problem.retry_after or 60)
    return made


def refused(error: RefusedError) -> HttpResponse:
    """Return the answer for a call that was refused."""
    code = error.code or _BY_STATUS[error.status]
    return answer(Problem(code, error.reason, retry_after=error.retry_after))


def by_status(status: int) -> HttpResponse:
    """Return the answer for a status that was given without words."""
    return answer(Problem(_BY_STATUS.get(status, "failed" if status >= 500 else "bad_request")))


def faults_of(error: ValidationError) -> list[Fault]:
    """Return what is wrong, in words."""
    found = []
    for one in error.errors:
        steps = [str(step) for step in one.get("loc", ()) if step != "body"]
        said = _REASONS.get(str(one.get("type")))
        found.append(Fault(where=".".join(steps), what=str(said or gettext("不合要求"))))
    return found


def register(api: NinjaAPI) -> None:
    """Let every way in which a call can fail end in a problem that is told."""

    @api.exception_handler(RefusedError)
    def _refused(request: HttpRequest, error: RefusedError) -> HttpResponse:
        return refused(error)

    @api.exception_handler(ValidationError)
    def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return answer(Problem("invalid", errors=faults_of(error)))

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return answer(Problem("bad_json")) if error.status_code == 400 else by_status(error.status_code)

    @api.exception_handler(NothingPublishedError)
    def _nothing(request: HttpRequest, error: NothingPublishedError) -> HttpResponse:
        return answer(Problem("not_ready", gettext("还没有发布过评级；请稍后再来"), retry_after=600))

    @api.exception_handler(TransientError)
    def _busy(request: HttpRequest, error: TransientError) -> HttpResponse:
        return answer(Problem("not_ready", str(error)))

    @api.exception_handler(LookoutError)
    def _unreadable(request: HttpRequest, error: LookoutError) -> HttpResponse:
        logger.error("reading failed at %s", request.path, exc_info=error)
        return answer(Problem("not_ready", gettext("数据暂时读不出来，已记录；请稍后再试")))

    @api.exception_handler(Exception)
    def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("call failed at %s", request.path, exc_info=error)
        return answer(Problem("failed"))
