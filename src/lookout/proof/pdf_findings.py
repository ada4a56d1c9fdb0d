"""What a check of a PDF finds, told signature by signature."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cryptography import x509

from lookout.proof.tokens import StampFindings
from lookout.proof.trust import Roots, State


class Later(StrEnum):
    """What came into a file after a signature; content: something that is not allowed to change."""

    NOTHING = "nothing"
    LONG_TERM = "long_term"
    SIGNATURES_OR_FORM = "signatures_or_form"
    CONTENT = "content"


@dataclass(frozen=True)
class SignatureFindings:
    """One signature, or document time-stamp, of a file; `problems` speak against it, `notes` do not.

    `signed_at` is the signer's own word; `proven_at` is by when a good time-stamp has it. The certificate is judged at
    `proven_at`, without one at the time of the check. `intact`: the bytes it covers are those that were signed.
    `later_increments` counts the revisions after it; `material` is what it brought along for its check.
    """

    name: str
    is_stamp: bool = False
    signer: str = ""
    serial: str = ""
    issuer: str = ""
    algorithm: str = ""
    signed_at: datetime | None = None
    proven_at: datetime | None = None
    intact: bool = False
    covers_whole_file: bool = False
    later_increments: int = 0
    later: Later = Later.CONTENT
    certificate_state: State = State.UNKNOWN
    revoked_at: datetime | None = None
    is_revocation_checked: bool = False
    key_usage_ok: bool = False
    stamp: StampFindings | None = None
    is_test: bool = False
    reason: str = ""
    certificate: x509.Certificate | None = None
    revision: int = -1
    material: Roots = field(default=Roots(), repr=False)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems


@dataclass(frozen=True)
class PdfFindings:
    """All signatures of a file, the first made first, and what is wrong with the file as a whole.

    `unsigned_increments`: something came into the file after its last signature that no signature covers.
    `level` is the PAdES level the last signature reaches: B-B, B-T, B-LT, B-LTA, '' without any.
    """

    signatures: tuple[SignatureFindings, ...] = ()
    stamps: tuple[SignatureFindings, ...] = ()
    unsigned_increments: bool = False
    level: str = ""
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it is signed and nothing speaks against it or any of its signatures."""
        every = (*self.signatures, *self.stamps)
        return bool(self.signatures) and not self.problems and all(one.ok for one in every)

    @property
    def all_problems(self) -> tuple[str, ...]:
        """Everything that speaks against it, each with the signature it concerns."""
        every = (*self.signatures, *self.stamps)
        return (*self.problems, *(f"{_named(one)}：{problem}" for one in every for problem in one.problems))


def _named(found: SignatureFindings) -> str:
    return f"{'文档时间戳' if found.is_stamp else '签名'}“{found.name}”"
