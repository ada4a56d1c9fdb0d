"""A home of its own for each test with one test authority, and real signed contracts made once."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from lookout.proof.authority import open_authority
from lookout.proof.certificates import Purpose
from lookout.proof.pdf import seal_pdf
from lookout.proof.signing import Signer
from lookout.proof.stamps import BuiltInAuthority
from lookout.web import published
from lookout.web.accounts.demo_people import create_demo_people
from lookout.web.accounts.models import Agency, User
from tests.web.deposits.cast import LENDER, LENDER_NAME
from tests.web.deposits.papers import contract
from tests.web.deposits.reader import FilingReader


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A test authority in a folder, and contracts signed under it by the lender and by 张三."""
    folder = tmp_path_factory.mktemp("contracts") / "authority"
    # Everything was signed a while ago, so that stamps and signing times lie in the past.
    start = timezone.now() - timedelta(hours=6)
    clock = SimpleNamespace(at=start)
    authority = open_authority(folder, now=start)
    stamper = BuiltInAuthority(folder, lambda: clock.at, authority=authority)

    def signer(name: str, **more: Any) -> Signer:
        return Signer.of_identity(authority.issue(name, Purpose.SIGNING, at=clock.at, **more))

    def signed(paper: bytes, *signers: Signer) -> bytes:
        for one in signers:
            clock.at += timedelta(minutes=1)
            paper = seal_pdf(paper, one, stamper, at=clock.at)
        return paper

    lender, zhang = signer(LENDER_NAME), signer("张三")
    plain = contract(lender=LENDER)
    return SimpleNamespace(
        folder=folder,
        authority=authority,
        clock=clock,
        signer=signer,
        signed=signed,
        lender=lender,
        zhang=zhang,
        plain=plain,
        by_lender=(by_lender := signed(plain, lender)),
        by_both=signed(by_lender, zhang),
    )


@pytest.fixture
def home(settings: object, tmp_path: Path, workshop: SimpleNamespace) -> Path:
    """A data folder that holds the test authority."""
    settings.LOOKOUT_HOME = tmp_path  # type: ignore[attr-defined]  # pytest-django's fixture
    settings.LOOKOUT_DEMO = True  # type: ignore[attr-defined]  # only the demonstration believes the test root
    (tmp_path / "proof").mkdir()
    shutil.copytree(workshop.folder, tmp_path / "proof" / "authority")
    return tmp_path


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> FilingReader:
    """What was filed about the companies of the contract."""
    found = FilingReader()
    monkeypatch.setattr(published, "reader", lambda: found)
    return found


@pytest.fixture
def cast(db: None, home: Path, reader: FilingReader) -> dict[str, User]:
    create_demo_people()
    Agency.objects.filter(code="gz-tianhe-fund").update(company=LENDER, name=LENDER_NAME)
    return {user.username: user for user in User.objects.all()}
