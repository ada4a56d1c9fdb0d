"""What identifies the people of a contract: sealed, with masked words for pages and a token that finds them again."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag

from lookout.kernel.errors import DataError
from lookout.kernel.identifiers import clean_code
from lookout.web import sealing
from lookout.web.deposits.checks.facts import Party
from lookout.web.deposits.models import ContractParty
from lookout.web.deposits.words import Intention, PartyKind, PartyRole
from lookout.web.ui.masking import mask_phone, mask_text

PURPOSE = "contract parties"
TOKENS = "contract party tokens"
PERSONAL = ("name", "id_number", "phone", "bank_card")


@dataclass(frozen=True)
class Identity:
    """What a party is known by, in the clear."""

    name: str
    id_number: str
    phone: str
    bank_card: str


def person_token(id_number: str) -> str:
    """Return what finds the contracts of an identity number, '' for none; it does not give the number back."""
    plain = clean_code(id_number)
    return hmac.digest(sealing.key_of(TOKENS), plain.encode(), "sha256").hex() if plain else ""


def masked(party: Party) -> dict[str, str]:
    """Return the words that pages may show of a party."""
    return {
        "name": party.shown,
        "id_number": mask_text(party.id_number) if party.id_number else "",
        "phone": mask_phone(party.phone) if party.phone else "",
        "bank_card": f"**** {party.bank_card[-4:]}" if party.bank_card else "",
    }


def _bound(number: str, place: int) -> str:
    return f"{number} {place}"


def party_row(party: Party, number: str, place: int) -> ContractParty:
    """Return the row of a party of the deposit with a number, not saved yet."""
    values = {name: getattr(party, name) for name in PERSONAL}
    hidden = masked(party)
    if party.id_number and hidden["id_number"] == party.id_number:
        # No identity number by its form: nothing of it is shown.
        hidden["id_number"] = "****"
    return ContractParty(
        place=place,
        role=party.role,
        kind=party.kind,
        uscc=party.uscc,
        name="" if party.is_person else party.name,
        masked=hidden,
        sealed=sealing.seal(PURPOSE, json.dumps(values, ensure_ascii=False).encode(), _bound(number, place)),
        token=person_token(party.id_number) if party.is_person else "",
        factors=sorted(party.factors),
        verified_at=party.verified_at,
        verified_by=party.verified_by,
        intention=party.intention or "",
        intended_at=party.intended_at,
        read_seconds=party.read_seconds,
    )


def identity_of(row: ContractParty) -> Identity:
    """Return a party in the clear. Raises DataError when the seal was tampered with."""
    try:
        plain = sealing.unseal(PURPOSE, bytes(row.sealed), _bound(row.deposit.number, row.place))
    except InvalidTag:
        raise DataError("密封的当事人信息打不开：已被改动，或不是本系统密封的") from None
    values: dict[str, Any] = json.loads(plain)
    return Identity(**{name: str(values.get(name) or "") for name in PERSONAL})


def party_of(row: ContractParty) -> Party:
    """Return a party as the checks look at it."""
    known = identity_of(row)
    return Party(
        role=PartyRole(row.role),
        kind=PartyKind(row.kind),
        name=known.name,
        uscc=row.uscc,
        id_number=known.id_number,
        phone=known.phone,
        bank_card=known.bank_card,
        factors=frozenset(row.factors),
        verified_at=row.verified_at,
        verified_by=row.verified_by,
        intention=Intention(row.intention) if row.intention else None,
        intended_at=row.intended_at,
        read_seconds=row.read_seconds,
    )
