"""Reads of reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models

from lookout.web.accounts.models import User
from lookout.web.audit.models import AuditEntry
from lookout.web.reports import freezing
from lookout.web.reports.access import may_sign, visible
from lookout.web.reports.figures import Content, Figure, Table
from lookout.web.reports.keeping import is_intact
from lookout.web.reports.kinds import kinds
from lookout.web.reports.models import Report, ReportFile, ReportTemplate
from lookout.web.reports.rendering import all_figures
from lookout.web.reports.states import ReportState
from lookout.web.reports.template_language import cell_key


@dataclass(frozen=True)
class ReportFilter:
    """What to list; empty fields do not narrow. `view` "waiting": those that wait for this person's signature."""

    text: str = ""
    kind: str = ""
    state: str = ""
    subject: str = ""
    view: str = ""


@dataclass(frozen=True)
class FigureLine:
    """One figure on the page of all numbers; `title` in the officers' words."""

    key: str
    title: str
    figure: Figure


def list_reports(user: User, wanted: ReportFilter) -> models.QuerySet[Report]:
    """Return the reports a person may see that match, newest first."""
    found = visible(user).select_related("agency", "drafted_by").defer("content")
    if wanted.text:
        found = found.filter(
            models.Q(title__contains=wanted.text)
            | models.Q(number=wanted.text.upper())
            | models.Q(document_number__contains=wanted.text)
            | models.Q(subject_name__contains=wanted.text)
        )
    for name in ("kind", "state", "subject"):
        if value := getattr(wanted, name):
            found = found.filter(**{name: value})
    if wanted.view == "waiting":
        waiting = [one.pk for one in found.filter(state=ReportState.REVIEW) if may_sign(user, one)]
        found = found.filter(pk__in=waiting)
    return found


def count_states(user: User) -> dict[str, int]:
    """Return how many of the reports a person may see stand in each state."""
    counted = visible(user).order_by().values("state").annotate(number=models.Count("pk"))
    return {row["state"]: row["number"] for row in counted}


def count_waiting(user: User) -> int:
    """Return how many reports wait for this person's signature."""
    return list_reports(user, ReportFilter(view="waiting")).count()


def list_history(report: Report) -> models.QuerySet[AuditEntry]:
    """Return everything that was done to a report, oldest first."""
    found = AuditEntry.objects.filter(object_type="reports.report", object_id=str(report.pk))
    return found.order_by("number")


def content_of_report(report: Report) -> Content:
    """Return the frozen content. Raises DataError when it is not what was frozen."""
    return freezing.thaw(report.content)


def is_content_intact(report: Report) -> bool:
    """Tell whether the frozen content still has the digest it was frozen with."""
    return freezing.digest(report.content) == report.content_sha256


def list_figures(report: Report, content: Content) -> list[FigureLine]:
    """Return the figures with a name, in the order of the catalogue."""
    kind = kinds().get(report.kind)
    titles = dict(kind.figures) if kind is not None else {}
    keys = [
        *(key for key in titles if key in content.figures),
        *(key for key in content.figures if key not in titles),
    ]
    return [FigureLine(key, titles.get(key, key), content.figures[key]) for key in keys]


def find_figure(report: Report, key: str) -> FigureLine | None:
    """Return one figure of a report, in its text or in a cell of a table; None when there is none of that key."""
    content = content_of_report(report)
    figure = all_figures(content).get(key)
    if figure is None:
        return None
    kind = kinds().get(report.kind)
    title = (kind.figures.get(key, "") if kind is not None else "") or _cell_title(content, key) or key
    return FigureLine(key, title, figure)


def _cell_title(content: Content, key: str) -> str:
    for table in content.tables.values():
        for row, cells in enumerate(table.rows, start=1):
            for column in range(1, len(cells) + 1):
                if cell_key(table.key, row, column) == key:
                    return f"{table.title} · {cells[0]} · {table.columns[column - 1]}"
    return ""


def table_cells(table: Table) -> Iterator[list[tuple[str, str, str]]]:
    """Yield each row as (column, text, key of its figure or '')."""
    for row, cells in enumerate(table.rows, start=1):
        yield [
            (
                table.columns[column - 1],
                str(cell),
                cell_key(table.key, row, column) if isinstance(cell, Figure) else "",
            )
            for column, cell in enumerate(cells, start=1)
        ]


def check_files(files: list[ReportFile]) -> dict[int, bool]:
    """Return for each file whether it still is what was kept."""
    return {one.pk: is_intact(one) for one in files}


def list_templates(kind: str) -> models.QuerySet[ReportTemplate]:
    """Return the versions of a kind's template, newest first."""
    return ReportTemplate.objects.filter(kind=kind).select_related("uploaded_by")
