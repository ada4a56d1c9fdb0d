"""Every change is recorded once and can never be changed unseen."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection, transaction

from lookout.web.accounts.models import User
from lookout.web.audit.models import AppendOnlyError, AuditEntry
from lookout.web.audit.selectors import AuditFilter, check_wholeness, list_entries
from lookout.web.audit.services import SYSTEM, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def wu() -> User:
    return User.objects.create(username="wu", first_name="吴健", region="440106")


def _three(wu: User) -> None:
    record(
        wu, "raise", wu, before={"band": "yellow"}, after={"band": "red"}, reason="现场核实", company="914401"
    )
    record(None, "remind", wu, after={"amount": Decimal("1.50")})
    record(wu, "close", wu)


def test_entries_are_numbered_without_gaps_and_the_chain_holds(wu: User) -> None:
    _three(wu)

    assert list(AuditEntry.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert check_wholeness().is_whole
    assert AuditEntry.objects.get(number=2).actor_name == SYSTEM


def test_nothing_is_recorded_of_a_change_that_was_rolled_back(wu: User) -> None:
    with transaction.atomic():
        record(wu, "raise", wu)
        transaction.set_rollback(True)

    assert check_wholeness().entries == 0
    assert check_wholeness().is_whole


def test_our_own_code_cannot_change_or_delete_an_entry(wu: User) -> None:
    entry = record(wu, "raise", wu)
    for attempt in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(verb="x"),
    ):
        with pytest.raises(AppendOnlyError):
            attempt()


@pytest.mark.parametrize(
    ("tampering", "kind", "number"),
    [
        ("UPDATE audit_auditentry SET reason = '无' WHERE number = 1", "changed", 1),
        ("UPDATE audit_auditentry SET actor_name = '别人' WHERE number = 2", "changed", 2),
        ("DELETE FROM audit_auditentry WHERE number = 2", "gap", 2),
        ("DELETE FROM audit_auditentry WHERE number = 3", "cut", 3),
        ("DELETE FROM audit_auditentry", "cut", 1),
    ],
)
def test_tampering_in_the_database_is_found_and_shown_where(
    wu: User, tampering: str, kind: str, number: int
) -> None:
    _three(wu)
    with connection.cursor() as cursor:
        cursor.execute(tampering)

    found = check_wholeness()

    assert (found.kind, found.number) == (kind, number)


def test_the_record_is_searched_by_person_and_company(wu: User) -> None:
    _three(wu)

    assert [entry.number for entry in list_entries(AuditFilter(person="wu"))] == [3, 1]
    assert [entry.number for entry in list_entries(AuditFilter(company="914401"))] == [1]
    assert [entry.verb for entry in list_entries(AuditFilter(verb="remind"))] == ["remind"]
