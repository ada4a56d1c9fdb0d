"""Hand deposits over: files, proofs, tokens, certificates and the verifier in one package."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.template.loader import render_to_string
from django.utils import translation

from lookout.kernel.errors import DataError
from lookout.proof.heads import SignedHead
from lookout.proof.package import Item, Token, Written, write_package
from lookout.web.attachments import vault
from lookout.web.evidence import ledger, proofs
from lookout.web.evidence.certificates import certificate_of
from lookout.web.evidence.heads import head_over
from lookout.web.evidence.models import Deposit, DepositFile
from lookout.web.ui.words import written_moment

MOST_BYTES = 2 * 2**30


def needs_privilege(deposits: Sequence[Deposit]) -> bool:
    """Tell whether a package would hold what pages do not show: place, time and camera of a photo."""
    return DepositFile.objects.filter(deposit__in=deposits, is_sealed=True).exists()


def package_of(deposits: Sequence[Deposit], target: Path, *, now: datetime, about: dict[str, Any]) -> Written:
    """Write the package of deposits; those that wait for the log or a stamp get it first.

    Raises DataError when files are gone or are too much for one package.
    """
    if not deposits:
        raise DataError("还没有存证，没有可以下载的证据包")
    gone = [deposit.number for deposit in deposits if deposit.disposed_at is not None]
    if gone:
        raise DataError(f"保存期满，文件已经销毁，只能核对摘要：{'、'.join(gone)}")
    if sum(deposit.size for deposit in deposits) > MOST_BYTES:
        raise DataError("文件合计超过 2 GB；请逐个下载证据包")
    ledger.enter([deposit for deposit in deposits if deposit.log_index is None])
    stamper = proofs.stamper()
    ledger.stamp([deposit for deposit in deposits if deposit.token is None], stamper)
    indices = sorted({deposit.log_index for deposit in deposits if deposit.log_index is not None})
    head = head_over(indices[-1])
    files = list(
        DepositFile.objects.filter(deposit__in=deposits).select_related("deposit").order_by("deposit", "pk")
    )
    return write_package(
        target,
        [_item(file) for file in files],
        log=proofs.log(),
        indices=indices,
        head=head,
        signer=proofs.signer(now),
        at=now,
        tokens=list(_tokens(deposits, files)),
        certificates=_certificates(),
        about={**about, "deposits": [told(deposit) for deposit in deposits]},
        papers={f"certificate-{deposit.number}.html": _paper(deposit, now) for deposit in deposits},
        earlier=_printed_heads(indices, head),
    )


def _printed_heads(indices: Sequence[int], newest: SignedHead) -> list[SignedHead]:
    """Return the heads that the certificates of the entries name, so that what is on paper can be compared."""
    found: dict[int, SignedHead] = {}
    for index in indices:
        head = proofs.heads().covering(index)
        if head is not None and head.head.size < newest.head.size:
            found[head.number] = head
    return [found[number] for number in sorted(found)]


def _certificates() -> dict[str, bytes]:
    """Return the certificates that tokens and signatures lead to."""
    roots = proofs.own_roots()
    found = (("root", roots.roots), ("issuer", roots.intermediates))
    return {
        f"{name}-{number}.pem": certificate.public_bytes(Encoding.PEM)
        for name, certificates in found
        for number, certificate in enumerate(certificates, 1)
    }


def _paper(deposit: Deposit, now: datetime) -> bytes:
    """Return the certificate as one page that prints anywhere."""
    context = {"deposit": deposit, "certificate": certificate_of(deposit, now)}
    with translation.override("zh-hans"):
        return render_to_string("evidence/certificate_file.html", context).encode()


def told(deposit: Deposit) -> dict[str, Any]:
    """Return what a package says of a deposit in words."""
    return {
        "number": deposit.number,
        "kind": str(deposit.get_kind_display()),
        "name": deposit.name,
        "size": deposit.size,
        "sha256": deposit.sha256,
        "sm3": deposit.sm3,
        "sealed_at": written_moment(deposit.sealed_at),
        "sealed_by": str(deposit.sealed_by or deposit.entered_as),
        "note": deposit.note,
    }


def content_of(file: DepositFile) -> bytes:
    """Return the bytes of a file of a deposit. Raises DataError when they are gone or were changed."""
    if not file.stored:
        raise DataError("保存期满，文件已经销毁")
    return vault.get_sealed(file.stored, file.sha256) if file.is_sealed else vault.get(file.stored)


def _item(file: DepositFile) -> Item:
    content = content_of(file) if file.is_sealed else vault.folder() / file.stored
    if isinstance(content, Path) and not content.exists():
        raise DataError(f"“{file.name}”的文件不见了；请从备份恢复附件目录")
    return Item(_name(file), content, file.media_type, file.sha256, file.sm3, file.note)


def _name(file: DepositFile) -> str:
    return f"{file.deposit.number}/{file.name}"


def _tokens(deposits: Sequence[Deposit], files: Sequence[DepositFile]) -> list[Token]:
    by_digest = {(file.deposit_id, file.sha256): _name(file) for file in files}
    return [
        Token(name, bytes(deposit.token))
        for deposit in deposits
        if deposit.token is not None and (name := by_digest.get((deposit.pk, deposit.sha256))) is not None
    ]
