"""Wherever an officer sees a file of a clue, a visit or a complaint, it can be sealed there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.web.accounts.models import User
from lookout.web.attachments.models import Attachment
from lookout.web.clues.models import Clue
from lookout.web.complaints.models import Complaint
from lookout.web.dispatch.models import DispatchOrder, Visit
from lookout.web.evidence.models import Deposit

Keep = Callable[..., Attachment]


@pytest.fixture
def file(keep: Keep, cast: dict[str, User]) -> Attachment:
    return keep(cast["wu"])


def _seal_where_it_stands(client: Client, page: str, file: Attachment, about: tuple[str, str]) -> str:
    """Press the button on a page and return the page afterwards."""
    address = reverse("evidence:seal", args=[file.pk])
    before = client.get(page).content.decode()
    assert f'action="{address}"' in before

    client.post(address, {"about": about[0], "number": about[1], "next": page})

    after = client.get(page).content.decode()
    assert address not in after
    return after


def test_evidence_of_a_clue(as_person: Callable[[str], Client], clue: Clue, file: Attachment) -> None:
    clue.evidence.create(title="照片", attachment=file, added_at=timezone.now())
    page = reverse("dispatch:clue", args=[clue.number])

    after = _seal_where_it_stands(as_person("wu"), page, file, ("clue", clue.number))

    assert Deposit.objects.get().get_absolute_url() in after
    assert reverse("evidence:package_of", args=["clue", clue.number]) in after


def test_photos_of_a_visit(
    as_person: Callable[[str], Client], clue: Clue, file: Attachment, cast: dict[str, User]
) -> None:
    now = timezone.now()
    order = DispatchOrder.objects.create(
        clue=clue, agency=cast["wu"].agency, is_lead=True, sent_by=cast["lin"], sent_at=now
    )
    visit = Visit.objects.create(
        order=order,
        at=now,
        place="体育西路",
        officers=[],
        finding="normal",
        checklist={},
        entered_by=cast["wu"],
        entered_at=now,
    )
    visit.photos.add(file)

    _seal_where_it_stands(
        as_person("wu"), reverse("dispatch:clue", args=[clue.number]), file, ("clue", clue.number)
    )


def test_files_of_a_complaint(
    as_person: Callable[[str], Client], file: Attachment, cast: dict[str, User]
) -> None:
    complaint = Complaint.objects.create(
        number="TS2026112200000001",
        company_name="某公司",
        region="440106",
        received_at=timezone.now(),
        state_at=timezone.now(),
        kind="fund_raising",
        origin="h5",
        text="说好保本",
    )
    complaint.files.add(file)
    page = reverse("complaints:page", args=[complaint.number])

    _seal_where_it_stands(as_person("wu"), page, file, ("complaint", complaint.number))

    assert as_person("zhao").get(Deposit.objects.get().get_absolute_url()).status_code == 404
