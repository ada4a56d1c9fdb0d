"""Pages of files with the digests of many contracts."""

from __future__ import annotations

import csv
import io

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lookout.kernel.errors import DataError
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.deposits import batches
from lookout.web.deposits.access import access_batch, institution_of, visible_batches
from lookout.web.deposits.forms import BatchForm
from lookout.web.ui.excel import Cell, excel_response

MOST_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.DEPOSITS)
def batch_list(request: HttpRequest) -> HttpResponse:
    """List the files that came, and take a new one."""
    user = person(request)
    agency = institution_of(user)
    if agency is None:
        raise PermissionDenied
    form = BatchForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = batches.upload(user, agency, form.cleaned_data["file"], now=timezone.now())
        except DataError as problem:
            form.add_error("file", str(problem))
        else:
            return redirect("deposits:batch", made.pk)
    context = {
        "batches": visible_batches(user).select_related("file", "by")[:MOST_SHOWN],
        "form": form,
        "columns": [names[0] for names in batches.COLUMNS.values()],
    }
    return render(request, "deposits/batches.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.DEPOSITS)
def batch_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Preview a file, or deposit its good lines."""
    user, now = person(request), timezone.now()
    batch = access_batch(user, pk)
    if request.method == "POST":
        done = batches.take_in(user, batch, now=now)
        messages.success(request, _("已存证 %(taken)s 份；核验由定时任务逐份进行。") % {"taken": done.taken})
        return redirect("deposits:batch", pk)
    sheet = batches.read(batch, now)
    context = {
        "batch": batch,
        "sheet": sheet,
        "refused": sheet.refused[:MOST_SHOWN],
        "fresh": sheet.fresh[:MOST_SHOWN],
        "made": batch.deposits.count(),
    }
    return render(request, "deposits/batch.html", context)


@require_safe
@at_place(Place.DEPOSITS)
def batch_refused(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Write the lines that are sent back to Excel, each with its reasons."""
    batch = access_batch(person(request), pk)
    sheet = batches.read(batch, timezone.now())
    names = [name for name in batches.COLUMNS if any(name in line.cells for line in sheet.lines)]
    head = ["行号", *(batches.COLUMNS[name][0] for name in names), "退回原因"]
    rows = (
        [
            Cell(str(line.number), line.number),
            *(Cell(line.cells.get(name, "")) for name in names),
            Cell("；".join(line.problems)),
        ]
        for line in sheet.refused
    )
    return excel_response("refused-contracts", head, rows, [("文件", batch.file.name)])


@require_safe
@at_place(Place.DEPOSITS)
def batch_sample(request: HttpRequest) -> HttpResponse:
    """Download a sample of the file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([names[0] for names in batches.COLUMNS.values()])
    writer.writerow(batches.SAMPLE)
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="contract-digests.csv"'
    return response
