"""How far a page capture has come; a pure table."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CaptureState(TextChoices):
    """Where a capture stands (取证状态)."""

    WAITING = "waiting", _("等待打开")
    RUNNING = "running", _("正在取证")
    SEALED = "sealed", _("已存证")
    FAILED = "failed", _("没有取到")


# A capture whose process died is waiting again; a failed one is asked for anew, as a new capture.
ALLOWED_NEXT: dict[CaptureState, frozenset[CaptureState]] = {
    CaptureState.WAITING: frozenset({CaptureState.RUNNING}),
    CaptureState.RUNNING: frozenset({CaptureState.SEALED, CaptureState.FAILED, CaptureState.WAITING}),
    CaptureState.SEALED: frozenset(),
    CaptureState.FAILED: frozenset(),
}
