"""PDF by LibreOffice: one at a time, sealed within, gone without a trace when it hangs. Slow: starts LibreOffice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from pypdf import PdfReader

from lookout.kernel.errors import TransientError
from lookout.proof.pdf import check_pdf
from lookout.web.accounts.models import User
from lookout.web.evidence import proofs
from lookout.web.reports import pdf, services
from lookout.web.reports.keeping import content_of, newest, newest_word
from lookout.web.reports.models import Report
from lookout.web.reports.words import FileForm

needs_converter = pytest.mark.skipif(not pdf.available(), reason="LibreOffice is not installed here")


@pytest.mark.slow
@needs_converter
def test_signing_seals_a_pdf_that_says_the_same_and_checks_out(
    brief: Callable[..., Report], cast: dict[str, User], tmp_path: Path
) -> None:
    report = brief("lin")
    services.submit(cast["lin"], report, version=1, now=timezone.now())
    report.refresh_from_db()

    services.sign(cast["chen"], report, version=report.version, now=timezone.now())

    kept = newest(report, FileForm.PDF)
    assert kept is not None
    content = content_of(kept)
    findings = check_pdf(content, roots=proofs.own_roots(), at=timezone.now())
    assert len(findings.signatures) == 1
    assert findings.signatures[0].intact
    assert findings.ok, findings.all_problems
    (tmp_path / "a.pdf").write_bytes(content)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "a.pdf").pages)
    assert "红色" in text
    assert len(report.files.all()) == 3


@pytest.mark.slow
@needs_converter
def test_a_converter_that_hangs_is_stopped_with_all_it_started(
    brief: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "MOST_SECONDS", 0.05)

    with pytest.raises(TransientError, match="已停止"):
        pdf.to_pdf(content_of(newest_word(brief())))


def test_a_converter_that_makes_nothing_is_told(
    brief: Callable[..., Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "soffice"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")

    with pytest.raises(TransientError, match="没有生成 PDF"):
        pdf.to_pdf(b"PK")


def test_a_second_one_waits_its_turn_and_gives_up_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "MOST_WAIT", 0.2)

    with (
        pdf._alone(tmp_path / "lock"),
        pytest.raises(TransientError, match="等待超时"),
        pdf._alone(tmp_path / "lock"),
    ):
        pass
