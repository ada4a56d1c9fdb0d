"""The columns of cases as they are exported and reported onward: one line a case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree  # only written here, never parsed

from django.utils.translation import gettext as _

from lookout.kernel.regions import region_name
from lookout.web.cases.figures import Standing
from lookout.web.cases.states import CaseState, CaseVerb, Determination, PoliceState
from lookout.web.cases.words import Figure, Industry, Stability
from lookout.web.clues.words import Source
from lookout.web.ui.excel import Cell

# name in onward files → head of the column; the names of the handbook's fields.
HEAD = {
    "case_no": "案件编号",
    "case_name": "案件名称",
    "company": "企业代码",
    "company_name": "项目（单位）名称",
    "lead_region": "牵头地区",
    "involved_regions": "涉及地区",
    "industry": "行业",
    "mode": "集资方式",
    "first_found_on": "首次发现日期",
    "clue_source": "线索来源",
    "clue_no": "线索编号",
    "filed_on": "立案日期",
    "filed_by": "主办单位",
    "state": "办理状态",
    "determination": "性质认定",
    "police_state": "刑事进展",
    **{figure.value: str(figure.label) for figure in Figure},
    "repaid_share": "清退比例",
    "cross_province": "跨省",
    "major_case": "重大案件",
    "prosecuted_on": "起诉日期",
    "judged_on": "判决日期",
    "stability": "稳定形势",
    "mass_events": "群体性事件（起）",
    "closed_on": "结案日期",
}
WORDS: Mapping[str, Any] = {
    "industry": Industry,
    "clue_source": Source,
    "state": CaseState,
    "determination": Determination,
    "police_state": PoliceState,
    "stability": Stability,
}


def plain_line(one: Standing) -> dict[str, Any]:
    """Return one case as JSON knows it: codes, days as ISO texts, money as texts, None for not known."""
    case = one.case
    return {
        "case_no": case.number,
        "case_name": case.name,
        "company": case.company,
        "company_name": case.company_name,
        "lead_region": case.lead_region,
        "involved_regions": list(one.regions),
        "industry": case.industry,
        "mode": case.mode,
        "first_found_on": case.first_found_on.isoformat(),
        "clue_source": case.clue_source,
        "clue_no": case.clue.number if case.clue else "",
        "filed_on": case.filed_on.isoformat(),
        "filed_by": case.agency.name,
        "state": one.state,
        "determination": one.determination,
        "police_state": one.police_state,
        **{figure.value: _text(one.figures.get(figure)) for figure in Figure},
        "repaid_share": _share(one.repaid_share),
        "cross_province": one.crosses_province,
        "major_case": one.is_major,
        "prosecuted_on": _day(one, CaseVerb.PROSECUTE),
        "judged_on": _day(one, CaseVerb.JUDGE),
        "stability": one.stability or Stability.STABLE.value,
        "mass_events": len(one.mass_event_days),
        "closed_on": _day(one, CaseVerb.CLOSE),
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _share(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def _day(one: Standing, verb: CaseVerb) -> str | None:
    day = one.days.get(verb)
    return day.isoformat() if day else None


def cells(one: Standing) -> tuple[Cell, ...]:
    """Return one case as a line of the Excel file, in the order of HEAD."""
    return plain_cells(plain_line(one))


def plain_cells(line: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Return a line as frozen in a report, in the order of HEAD."""
    return tuple(_cell(name, line[name]) for name in HEAD)


def _cell(name: str, value: Any) -> Cell:
    if value is None:
        return Cell("")
    if name in WORDS:
        return Cell(str(WORDS[name](value).label) if value else "")
    if isinstance(value, bool):
        return Cell(_("是") if value else _("否"))
    if name == "involved_regions":
        return Cell("、".join(region_name(code) for code in value))
    if name in Figure.values:
        return Cell(value, float(value), "#,##0.00")
    if name == "repaid_share":
        return Cell(value, float(value), "0.00%")
    if name == "mass_events":
        return Cell(str(value), float(value))
    return Cell(str(value))


def as_json(content: Mapping[str, Any], digest: str) -> bytes:
    """Return a frozen report as a JSON file with its digest."""
    body = {"digest": digest, "digest_of": "report", "report": content}
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode()


def as_xml(content: Mapping[str, Any], digest: str) -> bytes:
    """Return a frozen report as an XML file with its digest; what is not known is an empty element."""
    root = ElementTree.Element("report", {"digest": digest})
    _fill(root, content)
    ElementTree.indent(root, " ")
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


# What an entry of a list or of a mapping by code is called.
ENTRIES = {"cases": "case", "involved_regions": "region", "parts": "part"}


def _fill(parent: ElementTree.Element, value: Any) -> None:
    if isinstance(value, Mapping):
        for name, one in value.items():
            if parent.tag == "parts":
                _fill(ElementTree.SubElement(parent, ENTRIES["parts"], {"region": name}), one)
            else:
                _fill(ElementTree.SubElement(parent, name), one)
    elif isinstance(value, list):
        for one in value:
            _fill(ElementTree.SubElement(parent, ENTRIES[parent.tag]), one)
    elif isinstance(value, bool):
        parent.text = "true" if value else "false"
    elif value is not None:
        # Control characters cannot stand in XML at all.
        parent.text = "".join(sign for sign in str(value) if sign >= " " or sign in "\t\n")
