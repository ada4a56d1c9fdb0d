"""Whom to believe: certificates that lead to a root, and what offline eyes cannot see about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lookout.proof.offline.certificates import (
    TEST_MARK,
    Certificate,
    Chain,
    algorithm_of,
    chain_of,
    is_signed,
)
from lookout.proof.offline.words import LIMIT, UNCHECKED, WRONG, Finding, UnreadableError


class Trust:
    """The roots that count, the certificates at hand, and what was said of them already."""

    def __init__(self, given: Sequence[Certificate], packed: Sequence[Certificate]) -> None:
        self._given = list(given)
        self._packed = list(packed)
        self._own = [one for one in packed if one.is_root and _signs_itself(one)]
        self._told: set[tuple[str, str]] = set()

    @property
    def packed(self) -> list[Certificate]:
        """The certificates in the package."""
        return self._packed

    def check(
        self, certificate: Certificate, others: Sequence[Certificate], at: datetime, where: str
    ) -> list[Finding]:
        """Follow a certificate to a root; tell each matter of a certificate once."""
        pool = [*self._packed, *others]
        chain = chain_of(certificate, pool, self._given or self._own, at)
        found = [Finding(WRONG, code, where, None, fields) for code, fields in chain.problems]
        if self._given and chain.root is None:
            own = chain_of(certificate, pool, self._own, at)
            if own.root is not None:
                found = [Finding(WRONG, "root_differs", where, None, {})]
        found += self._notes(certificate, chain)
        return found

    def _notes(self, certificate: Certificate, chain: Chain) -> list[Finding]:
        found = []
        root = chain.root
        if root is not None and not self._given:
            fields = {"name": root.name, "fingerprint": root.fingerprint}
            found += self._once(Finding(UNCHECKED, "root_not_given", "certificates/", None, fields), root)
        if TEST_MARK in certificate.name or (root is not None and TEST_MARK in root.name):
            named = root or certificate
            fields = {"name": named.name}
            found += self._once(Finding(LIMIT, "test_authority", "certificates/", None, fields), named)
        fields = {"name": certificate.name, "serial": format(certificate.serial, "x")}
        found += self._once(Finding(LIMIT, "revocation", "certificates/", None, fields), certificate)
        return found

    def _once(self, finding: Finding, about: Certificate | None) -> list[Finding]:
        key = (finding.code, about.fingerprint if about else "")
        if key in self._told:
            return []
        self._told.add(key)
        return [finding]


def _signs_itself(certificate: Certificate) -> bool:
    try:
        algorithm = algorithm_of(certificate.algorithm)
        return is_signed(certificate.key, algorithm, certificate.signed, certificate.signature)
    except UnreadableError:
        return False
