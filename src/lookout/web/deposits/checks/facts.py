"""What the checks of a contract look at, and what they answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lookout.kernel.clock import local_day
from lookout.web.deposits.extraction import Terms
from lookout.web.deposits.naming import shown_name
from lookout.web.deposits.words import CertificateState, ContractKind, Intention, PartyKind, PartyRole, Result
from lookout.web.ui.masking import mask_name


@dataclass(frozen=True)
class Party:
    """One party with everything it is known by; '' and None for what was not told."""

    role: PartyRole
    kind: PartyKind
    name: str
    uscc: str = ""
    id_number: str = ""
    phone: str = ""
    bank_card: str = ""
    factors: frozenset[str] = frozenset()
    verified_at: datetime | None = None
    verified_by: str = ""
    intention: Intention | None = None
    intended_at: datetime | None = None
    read_seconds: int | None = None

    @property
    def is_person(self) -> bool:
        """Tell a person from a company."""
        return self.kind is PartyKind.PERSON

    @property
    def shown(self) -> str:
        """Return the name that pages may show; of a company that gave none, its code."""
        return mask_name(self.name) if self.is_person else self.name or self.uscc


@dataclass(frozen=True)
class Stamp:
    """The time-stamp on a signature."""

    is_ok: bool
    stamped_at: datetime | None
    authority: str = ""
    serial: str = ""
    policy: str = ""
    is_test: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signature:
    """One signature as found in the document. `names` are all names its certificate gives the signer.

    `is_changed_after` tells that something other than signatures and their proofs was added later.
    """

    names: tuple[str, ...]
    serial: str
    issuer: str
    algorithm: str
    signed_at: datetime | None
    is_intact: bool
    covers_file: bool
    is_changed_after: bool
    certificate_state: CertificateState
    may_sign: bool = True
    is_test: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    stamp: Stamp | None = None
    problems: tuple[str, ...] = ()

    @property
    def signer(self) -> str:
        """Return who signed, as the certificate names the signer first and pages may show it."""
        return shown_name(self.names[0]) if self.names else "未具名"


@dataclass(frozen=True)
class Document:
    """What was read out of the document. `problem` says why it could not be read, '' when it could."""

    terms: Terms
    text: str = ""
    signatures: tuple[Signature, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Registered:
    """A company as the register knows it; `closed_on` is when it was deregistered, None while it exists."""

    name: str
    organization_type: str = ""
    founded_on: date | None = None
    closed_on: date | None = None
    state: str = ""


@dataclass(frozen=True)
class FiledRow:
    """One filed row: its values by column, and where it came from."""

    table: str
    subject: str
    values: Mapping[str, Any]
    source: str


@dataclass(frozen=True)
class Filings:
    """What was filed and moved about the companies of a contract, as of an instant.

    `problem` says why nothing could be read, '' when it could. `rows` are by table; `seen` names (company,
    table) pairs of which anything at all has come; `cut` those of which only the newest rows were read.
    """

    run_id: str = ""
    as_of: datetime | None = None
    problem: str = ""
    companies: Mapping[str, Registered] = field(default_factory=dict)
    rows: Mapping[str, tuple[FiledRow, ...]] = field(default_factory=dict)
    seen: frozenset[tuple[str, str]] = frozenset()
    cut: frozenset[tuple[str, str]] = frozenset()

    def of(self, table: str) -> tuple[FiledRow, ...]:
        """Return the rows of a table."""
        return self.rows.get(table, ())


@dataclass(frozen=True)
class Other:
    """Another deposit that resembles this one, made before it. `is_kin` tells that one revises the other."""

    number: str
    same_digest: bool
    same_contract_no: bool
    is_own: bool
    is_kin: bool


@dataclass(frozen=True)
class Earlier:
    """The version that this one revises, with the other revisions that claim the same."""

    number: str
    contract_no: str
    signed_at: datetime
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Everything the checks look at; `document` is None when only digests were deposited."""

    contract_no: str
    kind: ContractKind
    signed_at: datetime
    institution: str
    parties: tuple[Party, ...] = ()
    product_code: str = ""
    amount: Decimal | None = None
    rate_percent: Decimal | None = None
    term_days: int | None = None
    document: Document | None = None
    filings: Filings = Filings()
    others: tuple[Other, ...] = ()
    earlier: Earlier | None = None
    now: datetime | None = None

    @property
    def signed_on(self) -> date:
        """Return the Shanghai day of signing."""
        return local_day(self.signed_at)

    @property
    def usccs(self) -> tuple[str, ...]:
        """Return the companies of the contract, the institution first."""
        return tuple(
            dict.fromkeys(code for code in (self.institution, *(one.uscc for one in self.parties)) if code)
        )


@dataclass(frozen=True)
class Compared:
    """One thing laid beside another. `agrees` is None when it only informs.

    `about` is the company whose filed or banked records `other` comes from, '' when it comes from the contract
    itself or from what anybody may look up: an institution must not learn others' records by depositing.
    """

    what: str
    contract: str
    other: str
    source: str
    agrees: bool | None = None
    about: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a check found, why in words, and what was compared."""

    result: Result
    reason: str
    compared: tuple[Compared, ...] = ()


def passed(reason: str, compared: Iterable[Compared] = ()) -> Verdict:
    """Return that the check holds."""
    return Verdict(Result.PASS, reason, tuple(compared))


def failed(reasons: Sequence[str], compared: Iterable[Compared] = ()) -> Verdict:
    """Return that the check does not hold, with every reason."""
    return Verdict(Result.FAIL, "；".join(reasons), tuple(compared))


def unknown(reason: str, compared: Iterable[Compared] = ()) -> Verdict:
    """Return that the check cannot be made, and what is missing."""
    return Verdict(Result.UNKNOWN, reason, tuple(compared))


def weigh(
    wrong: Sequence[str], missing: Sequence[str], good: str, compared: Iterable[Compared] = ()
) -> Verdict:
    """Return the verdict of findings: anything wrong fails, else anything missing leaves it open."""
    if wrong:
        return failed(wrong, compared)
    return unknown("；".join(missing), compared) if missing else passed(good, compared)
