"""The test authority's signer with an SM2 key: a second, Chinese signature beside the one everybody can read."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509

from lookout.proof.authority import Authority
from lookout.proof.certificates import TEST_WORDS, Purpose, certificate_pem
from lookout.proof.keeping import only_one, write_atomically
from lookout.proof.signing import Signer
from lookout.proof.sm2 import Sm2Key, new_key

_NAME = f"瞭望测试国密签章（{TEST_WORDS}）"
_KEY, _CERTIFICATE, _LOCK = "sm2.key", "sm2.pem", "sm2.lock"


def open_sm2_signer(authority: Authority, *, now: datetime) -> Signer:
    """Return the authority's SM2 signer, made on first use and renewed when it has expired.

    Raises ConfigError where the platform's `openssl` has no SM2.
    """
    key_file, file = authority.folder / _KEY, authority.folder / _CERTIFICATE
    with only_one(authority.folder / _LOCK):
        if file.exists():
            certificate = x509.load_pem_x509_certificate(file.read_bytes())
            if now < certificate.not_valid_after_utc:
                return Signer(Sm2Key(key_file), certificate, (authority.root,))
        key = new_key(key_file)
        certificate = authority.issue_for_key(_NAME, Purpose.SIGNING, key.public_key, at=now)
        write_atomically(file, certificate_pem(certificate))
    return Signer(key, certificate, (authority.root,))
