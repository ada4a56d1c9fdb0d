"""One entry of the log: a record's kind and number, both digests, when and by whom. No personal data."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.proof.digests import canonical

_KIND = re.compile(r"[a-z][a-z_]{0,31}")
_NUMBER = re.compile(r"[^\s\x00-\x1f]{1,128}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_BY = re.compile(r"[^\x00-\x1f]{1,64}")
FORM = 1  # of the bytes below


@dataclass(frozen=True)
class Entry:
    """What enters the log of one record.

    `number` is the record's number; `by` a user name or the name of a source; `at` when it was sealed.
    Raises DataError, naming every field that cannot be.
    """

    kind: str
    number: str
    sha256: str
    sm3: str
    at: datetime
    by: str

    def __post_init__(self) -> None:
        shapes = (
            ("kind", _KIND, "小写英文，如 deposit"),
            ("number", _NUMBER, "不含空格的编号"),
            ("sha256", _DIGEST, "64 位小写十六进制"),
            ("sm3", _DIGEST, "64 位小写十六进制"),
            ("by", _BY, "用户名或来源名"),
        )
        wrong = [
            f"{name} 为“{getattr(self, name)}”，应为{shape}"
            for name, pattern, shape in shapes
            if not pattern.fullmatch(getattr(self, name))
        ]
        if self.at.tzinfo is None:
            wrong.append("at 没有时区")
        if wrong:
            raise DataError(f"这条记录不能进入存证日志：{'；'.join(wrong)}")

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes an entry the same entry."""
        return self.kind, self.number, self.sha256

    def as_bytes(self) -> bytes:
        """Return the bytes that are the leaf."""
        return canonical(
            {
                "at": self.at.astimezone(SHANGHAI).isoformat(timespec="microseconds"),
                "by": self.by,
                "form": FORM,
                "kind": self.kind,
                "number": self.number,
                "sha256": self.sha256,
                "sm3": self.sm3,
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> Entry:
        """Read a leaf. Raises DataError when it is not one."""
        try:
            raw = json.loads(content)
            if raw.pop("form") != FORM:
                raise ValueError("form")
            return cls(**{**raw, "at": datetime.fromisoformat(raw["at"])})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"存证日志里有一条读不懂的记录（{type(error).__name__}）") from error
