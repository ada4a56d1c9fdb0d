"""The twelve checks of a deposited contract: pure questions to facts that were gathered before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lookout.web.deposits.checks.content import lawful_content
from lookout.web.deposits.checks.duplicates import no_duplicates
from lookout.web.deposits.checks.facts import Facts, Verdict
from lookout.web.deposits.checks.filed import consistent_with_filings
from lookout.web.deposits.checks.funds import funds_moved
from lookout.web.deposits.checks.parties import capable, intended, verified_identity
from lookout.web.deposits.checks.signing import (
    all_signed,
    certificates_valid,
    covers_whole_document,
    signatures_intact,
    stamps_sound,
)
from lookout.web.deposits.words import CheckCode

CHECKS: Mapping[CheckCode, Callable[[Facts], Verdict]] = {
    CheckCode.C1: verified_identity,
    CheckCode.C2: capable,
    CheckCode.C3: intended,
    CheckCode.C4: certificates_valid,
    CheckCode.C5: signatures_intact,
    CheckCode.C6: stamps_sound,
    CheckCode.C7: covers_whole_document,
    CheckCode.C8: all_signed,
    CheckCode.C9: lawful_content,
    CheckCode.C10: consistent_with_filings,
    CheckCode.C11: funds_moved,
    CheckCode.C12: no_duplicates,
}


def check_all(facts: Facts) -> dict[CheckCode, Verdict]:
    """Return what every check found."""
    return {code: check(facts) for code, check in CHECKS.items()}
