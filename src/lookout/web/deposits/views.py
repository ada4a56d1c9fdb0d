"""Pages of deposited contracts: the list, a new one, one contract with its checks, its certificate."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lookout.kernel.errors import DataError
from lookout.kernel.regions import region_name
from lookout.web.accounts.access import at_place, person, privileged
from lookout.web.accounts.models import Agency, User
from lookout.web.accounts.roles import Place
from lookout.web.audit.services import record_about
from lookout.web.deposits import selectors
from lookout.web.deposits.access import access_contract, institution_of, is_regulator
from lookout.web.deposits.checking import check_contract
from lookout.web.deposits.filings import registered_name
from lookout.web.deposits.forms import ContractForm, PartyFormSet, ReasonForm, first_parties
from lookout.web.deposits.ledger import HEAD, cells
from lookout.web.deposits.models import ContractDeposit
from lookout.web.deposits.rules import check_rules
from lookout.web.deposits.services import KnownContractError, deposit_contract, document_of, reveal
from lookout.web.deposits.words import CheckCode, ContractKind, Result
from lookout.web.evidence.certificates import certificate_of
from lookout.web.ui.excel import MOST_ROWS, excel_response
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50


def _wanted(request: HttpRequest) -> selectors.ContractFilter:
    query = request.GET
    return selectors.ContractFilter(
        text=query.get("q", "").strip(),
        result=query.get("result", ""),
        code=query.get("code", ""),
        kind=query.get("kind", ""),
        region=query.get("region", "").strip(),
        agency=query.get("agency", ""),
        form=query.get("form", ""),
    )


@require_safe
@at_place(Place.DEPOSITS)
def contract_list(request: HttpRequest) -> HttpResponse:
    """List the contracts a person may see."""
    user, wanted = person(request), _wanted(request)
    found = selectors.list_contracts(user, wanted)
    paging = Paging(read_offset(request.GET), PAGE, found.count())
    counts = selectors.count_results(user)
    context = {
        "contracts": found[paging.offset : paging.offset + PAGE],
        "paging": paging,
        "wanted": wanted,
        "kinds": ContractKind.choices,
        "results": [(code, title, counts[code]) for code, title in Result.choices],
        "codes": [(code.value, check_rules().checks[code].words.title) for code in CheckCode],
        "institutions": selectors.institutions(user) if is_regulator(user) else [],
        "may_deposit": institution_of(user) is not None,
        "is_regulator": is_regulator(user),
        "query": request.GET.urlencode(),
    }
    return render(request, "deposits/list.html", context)


@require_safe
@at_place(Place.DEPOSITS)
def contract_export(request: HttpRequest) -> HttpResponseBase:
    """Write the contracts that the list shows to Excel; recorded."""
    user = person(request)
    found = list(selectors.list_contracts(user, _wanted(request))[:MOST_ROWS])
    after = {"query": request.GET.urlencode(), "rows": len(found)}
    record_about(
        user, "export_contracts", object_type="deposits.contractdeposit", object_id="list", after=after
    )
    lines = (cells(one) for one in found)
    return excel_response("contracts", HEAD, lines, [("截至", timezone.localdate().isoformat())])


def _own_institution(user: User) -> Agency:
    agency = institution_of(user)
    if agency is None:
        raise PermissionDenied
    return agency


@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.DEPOSITS)
def contract_new(request: HttpRequest) -> HttpResponse:
    """Deposit a contract, or a revision of one (`?revise=`)."""
    user, now = person(request), timezone.now()
    agency = _own_institution(user)
    if request.method == "POST":
        form = ContractForm(user, request.POST, request.FILES)
        parties = PartyFormSet(request.POST, prefix="party")
        # Both are looked at, so that everything wrong is told at once.
        if all([form.is_valid(), parties.is_valid()]):
            given = [one for one in (party.party() for party in parties) if one is not None]
            try:
                made = deposit_contract(user, agency, form.declared(given), form.paper, now=now)
            except KnownContractError as known:
                messages.info(request, str(known))
                return redirect("deposits:page", known.number)
            except DataError as problem:
                form.add_error(None, str(problem))
            else:
                check_contract(made, now=now, by=user)
                messages.success(
                    request, _("已存证，编号 %(number)s；核验结果在下面。") % {"number": made.number}
                )
                return redirect("deposits:page", made.number)
    else:
        form, parties = _first_forms(user, agency, request.GET.get("revise", ""))
    context = {"form": form, "parties": parties, "agency": agency}
    return render(request, "deposits/new.html", context, status=422 if request.method == "POST" else 200)


def _first_forms(user: User, agency: Agency, revises: str) -> tuple[ContractForm, Any]:
    initial: dict[str, Any] = {}
    if revises:
        earlier = access_contract(user, revises)
        names = ("contract_no", "kind", "product_code", "amount", "rate_percent", "term_days")
        initial = {name: getattr(earlier, name) for name in names}
        initial["version_of"] = earlier.number
    return (
        ContractForm(user, initial=initial),
        PartyFormSet(prefix="party", initial=first_parties(agency.company, registered_name(agency))),
    )


@require_safe
@at_place(Place.DEPOSITS)
def contract_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one contract: what its checks found, and what they compared."""
    user = person(request)
    deposit = access_contract(user, number)
    asked = request.GET.get("round", "")
    chosen = int(asked) if asked.isdecimal() and 0 < int(asked) <= deposit.checked_round else None
    return render(request, "deposits/page.html", _context(user, deposit, chosen))


def _context(user: User, deposit: ContractDeposit, chosen: int | None) -> dict[str, Any]:
    lines = selectors.check_lines(user, deposit, chosen)
    return {
        "contract": deposit,
        "region": region_name(deposit.region),
        "lines": lines,
        "failed": [line for line in lines if line.check.result == Result.FAIL],
        "round": chosen or deposit.checked_round,
        "rounds": selectors.rounds(deposit),
        "parties": deposit.parties.all(),
        "signatures": deposit.signatures.select_related("stamp"),
        "versions": selectors.versions(user, deposit),
        "twins": selectors.later_twins(user, deposit),
        "is_own": institution_of(user) is not None,
        "is_regulator": is_regulator(user),
    }


@require_POST
@at_place(Place.DEPOSITS)
def contract_check(request: HttpRequest, number: str) -> HttpResponse:
    """Check a contract again with what is known now."""
    user = person(request)
    deposit = access_contract(user, number)
    check_contract(deposit, now=timezone.now(), by=user)
    messages.success(request, _("已重新核验。"))
    return redirect("deposits:page", number)


@require_safe
@at_place(Place.DEPOSITS)
def contract_certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Show the certificate of a deposit, to be printed."""
    user = person(request)
    deposit = access_contract(user, number)
    context = {
        "contract": deposit,
        "certificate": certificate_of(deposit.evidence, timezone.now()),
        "lines": selectors.check_lines(user, deposit),
    }
    return render(request, "deposits/certificate.html", context)


@require_safe
@at_place(Place.DEPOSITS)
@privileged
def contract_document(request: HttpRequest, number: str) -> HttpResponse:
    """Download the document as it was deposited; recorded."""
    user = person(request)
    deposit = access_contract(user, number)
    try:
        content = document_of(user, deposit)
    except DataError as problem:
        messages.error(request, str(problem))
        return redirect("deposits:page", number)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = (
        content_disposition_header(True, deposit.file_name) or "attachment"
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.DEPOSITS)
@privileged
def contract_parties(request: HttpRequest, number: str) -> HttpResponse:
    """Show who the parties are, once, after a reason was given; recorded."""
    user = person(request)
    deposit = access_contract(user, number)
    form, shown = ReasonForm(request.POST or None), None
    if form.is_valid():
        try:
            shown = reveal(user, deposit, reason=form.cleaned_data["reason"])
        except DataError as problem:
            form.add_error(None, str(problem))
    context = {"contract": deposit, "form": form, "shown": shown}
    return render(request, "deposits/parties.html", context, status=422 if form.errors else 200)


@require_safe
@at_place(Place.DEPOSITS)
def check_list(request: HttpRequest) -> HttpResponse:
    """Explain the twelve checks."""
    rules = check_rules()
    context = {
        "checks": [(code.value, rules.checks[code]) for code in CheckCode],
        "may_deposit": institution_of(person(request)) is not None,
    }
    return render(request, "deposits/checks.html", context)
