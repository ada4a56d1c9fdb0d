"""The certificate of a deposit: what stands on it, and the QR code that leads to the page anybody may open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import segno
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from lookout.kernel.errors import DataError
from lookout.proof.certificates import common_name
from lookout.proof.heads import SignedHead
from lookout.proof.stamps import StampFindings, check_stamp
from lookout.web.evidence import proofs
from lookout.web.evidence.models import Deposit


@dataclass(frozen=True)
class Certificate:
    """What a certificate says. `head` and `stamp` are None until the job has made them.

    `roots` are name and SHA-256 fingerprint of the root certificates that are believed here.
    """

    deposit: Deposit
    address: str
    head: SignedHead | None
    stamp: StampFindings | None
    signer: str
    is_test: bool
    roots: tuple[tuple[str, str], ...]

    @property
    def picture(self) -> SafeString:
        """The QR code of the address, as a drawing."""
        drawn = segno.make(self.address, error="m").svg_inline(scale=4, border=2, omitsize=True)
        return mark_safe(drawn)  # noqa: S308 - drawn here, from an address of our own

    @property
    def published(self) -> str:
        """What the verifier takes as `--published`, '' before there is a head."""
        return f"{self.head.head.size}:{self.root}" if self.head is not None else ""

    @property
    def root(self) -> str:
        """The root of the head, '' before there is one."""
        return self.head.head.root.hex() if self.head is not None else ""


def verify_address(number: str) -> str:
    """Return the address where anybody may look a deposit up."""
    return settings.DESK_ADDRESS.rstrip("/") + reverse("verify:page", args=[number])


def certificate_of(deposit: Deposit, now: datetime) -> Certificate:
    """Return the certificate of a deposit as far as it is made."""
    head = proofs.heads().covering(deposit.log_index) if deposit.log_index is not None else None
    roots = proofs.own_roots()
    stamp = None
    if deposit.token is not None:
        stamp = check_stamp(bytes(deposit.token), bytes.fromhex(deposit.sha256), roots=roots, at=now)
    return Certificate(
        deposit,
        verify_address(deposit.number),
        head,
        stamp,
        _signer_of(head) if head is not None else "",
        stamp is not None and stamp.is_test,
        tuple((common_name(one.subject), one.fingerprint(SHA256()).hex()) for one in roots.roots),
    )


def _signer_of(head: SignedHead) -> str:
    try:
        found = x509.load_pem_x509_certificates(head.certificate_pem.encode())
    except ValueError as error:
        raise DataError(f"签名头 {head.number} 的证书读不懂；请运行 lookout proof check") from error
    return common_name(found[0].subject)
