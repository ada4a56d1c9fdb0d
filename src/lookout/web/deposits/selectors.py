"""Reads of deposited contracts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from lookout.kernel.identifiers import is_person_id
from lookout.kernel.regions import tree_prefix
from lookout.web.accounts.models import User
from lookout.web.deposits.access import may_see_records_of, visible
from lookout.web.deposits.models import ContractCheck, ContractDeposit
from lookout.web.deposits.persons import person_token
from lookout.web.deposits.rules import CheckEntry, check_rules
from lookout.web.deposits.words import CheckCode, Result

NOT_SHOWN = "（别的单位的记录，不展示）"


@dataclass(frozen=True)
class ContractFilter:
    """What to list; empty fields do not narrow. `code` is a check that failed, or with `result` has that result."""

    text: str = ""
    result: str = ""
    code: str = ""
    kind: str = ""
    region: str = ""
    agency: str = ""
    form: str = ""


def list_contracts(user: User, wanted: ContractFilter) -> models.QuerySet[ContractDeposit]:
    """Return the contracts a person may see that match, newest first.

    An identity number finds the contracts of that person without being stored anywhere in the clear.
    """
    found = visible(user).select_related("agency").prefetch_related("parties")
    if wanted.text:
        found = found.filter(_matches(wanted.text)).distinct()
    if wanted.code in CheckCode.values:
        result = wanted.result if wanted.result in Result.values else Result.FAIL.value
        found = found.filter(
            models.Exists(
                ContractCheck.objects.filter(
                    deposit=models.OuterRef("pk"),
                    round=models.OuterRef("checked_round"),
                    code=wanted.code,
                    result=result,
                )
            )
        )
    elif wanted.result:
        found = found.filter(_RESULTS.get(wanted.result, models.Q()))
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.region:
        found = found.filter(region__startswith=tree_prefix(wanted.region))
    if wanted.agency.isdecimal():
        found = found.filter(agency_id=int(wanted.agency))
    if wanted.form:
        found = found.filter(stored="") if wanted.form == "digest" else found.exclude(stored="")
    return found


_RESULTS = {
    Result.FAIL.value: models.Q(failed__gt=0),
    Result.UNKNOWN.value: models.Q(failed=0) & (models.Q(unknown__gt=0) | models.Q(checked_round=0)),
    Result.PASS.value: models.Q(failed=0, unknown=0, checked_round__gt=0),
}


def _matches(text: str) -> models.Q:
    compact = text.replace(" ", "").upper()
    if is_person_id(compact):
        return models.Q(parties__token=person_token(compact))
    return (
        models.Q(number__icontains=text)
        | models.Q(contract_no__icontains=text)
        | models.Q(product_code__icontains=text)
        | models.Q(parties__name__contains=text)
        | models.Q(parties__uscc=compact)
        | models.Q(sha256__istartswith=text)
    )


def count_results(user: User) -> dict[str, int]:
    """Return how many contracts a person may see by their gravest result."""
    found = visible(user)
    return {code: found.filter(condition).count() for code, condition in _RESULTS.items()}


def institutions(user: User) -> list[tuple[int, str]]:
    """Return number and name of the institutions that deposited something the person may see."""
    rows = visible(user).order_by().values_list("agency_id", "agency__name").distinct()
    return sorted(rows, key=lambda row: row[1])


@dataclass(frozen=True)
class CheckLine:
    """One check as a page shows it, with its question and what to do when it failed."""

    code: str
    entry: CheckEntry
    check: ContractCheck
    compared: tuple[Mapping[str, Any], ...]


def check_lines(user: User, deposit: ContractDeposit, round_number: int | None = None) -> list[CheckLine]:
    """Return the checks of a round, the newest without one, in their order.

    What was filed about another company is left out for those who may not see it: that it agrees or not is told.
    """
    number = deposit.checked_round if round_number is None else round_number
    found = {check.code: check for check in deposit.checks.filter(round=number)}
    rules = check_rules().checks
    return [
        CheckLine(code.value, rules[code], found[code.value], tuple(_lines(user, found[code.value])))
        for code in CheckCode
        if code.value in found
    ]


def _lines(user: User, check: ContractCheck) -> list[Mapping[str, Any]]:
    return [
        line
        if not line.get("about") or may_see_records_of(user, line["about"])
        else {**line, "other": NOT_SHOWN, "source": line["source"].partition("（")[0]}
        for line in check.compared
    ]


def rounds(deposit: ContractDeposit) -> list[Mapping[str, Any]]:
    """Return earlier rounds with when they were made and how many checks failed, newest first."""
    found = (
        deposit.checks.order_by()
        .values("round")
        .annotate(
            at=models.Max("checked_at"),
            failed=models.Count("pk", filter=models.Q(result=Result.FAIL)),
            unknown=models.Count("pk", filter=models.Q(result=Result.UNKNOWN)),
        )
    )
    return list(found.order_by("-round"))


def versions(user: User, deposit: ContractDeposit) -> list[ContractDeposit]:
    """Return the whole chain of revisions a contract stands in, the first one first."""
    first = deposit
    seen = {deposit.pk}
    while first.version_of is not None and first.version_of.pk not in seen:
        first = first.version_of
        seen.add(first.pk)
    chain, front = [first.pk], [first.pk]
    while front:
        front = list(ContractDeposit.objects.filter(version_of__in=front).values_list("pk", flat=True))
        chain += front
    return list(visible(user).filter(pk__in=chain).order_by("revision", "pk"))


def later_twins(user: User, deposit: ContractDeposit) -> list[ContractDeposit]:
    """Return later deposits of the same file or number that the person may see, its own revisions apart."""
    alike = models.Q(sha256=deposit.sha256) | models.Q(contract_no=deposit.contract_no)
    kin = [one.pk for one in versions(user, deposit)]
    return list(visible(user).filter(alike, pk__gt=deposit.pk).exclude(pk__in=kin).order_by("pk")[:20])


def numbers_seen(user: User) -> models.QuerySet[ContractDeposit, str]:
    """Return the deposit numbers a person may see, as a query."""
    return visible(user).values_list("number", flat=True)
