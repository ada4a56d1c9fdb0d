"""Roles of the desk and the places each may enter; a pure table."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(TextChoices):
    """What a person is employed to do (角色). The region says where."""

    PROVINCE_ADMIN = "province_admin", _("省级管理员")
    ANALYST = "analyst", _("监测分析员")
    CITY_SUPERVISOR = "city_supervisor", _("市级监管员")
    DISTRICT_HANDLER = "district_handler", _("区县经办人")
    GRID_MEMBER = "grid_member", _("网格员")
    LEGAL_REVIEWER = "legal_reviewer", _("法制审核员")
    INDUSTRY_REGULATOR = "industry_regulator", _("行业主管部门人员")
    MARKET_REGULATOR = "market_regulator", _("市场监管人员")
    POLICE_LIAISON = "police_liaison", _("公安联络员")
    INSTITUTION = "institution", _("报送机构")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDITOR = "auditor", _("审计员")


class Place(TextChoices):
    """A part of the desk (栏目). Values are the url namespaces."""

    TODAY = "dashboards", _("今日")
    COMPANIES = "companies", _("企业")
    CLUES = "clues", _("线索")
    COMPLAINTS = "complaints", _("举报")
    SITUATION = "situation", _("态势")
    CASES = "cases", _("案件")
    EVIDENCE = "evidence", _("存证")
    DEPOSITS = "deposits", pgettext_lazy("列表", "合同")
    REPORTS = "reports", pgettext_lazy("公文", "报告")
    DATA = "data", _("数据")
    STEWARDS = "stewards", _("归并")
    RUNS = "runs", _("运行")
    MODELS = "catalogues", _("模型")
    ADMINISTRATION = "administration", _("管理")


# Managing people is a job of its own: whoever judges companies does not hand out accounts.
# Who is who is judged for the whole province, by the few who mend its data.
EVERYWHERE = tuple(place for place in Place if place not in {Place.ADMINISTRATION, Place.STEWARDS})
AND_STEWARDS = tuple(place for place in Place if place is not Place.ADMINISTRATION)

# System, security and audit officers are three people: one makes accounts, one gives them rights, one watches both.
# None of them needs to browse companies for it.
PLACES: dict[Role, tuple[Place, ...]] = {
    Role.PROVINCE_ADMIN: AND_STEWARDS,
    Role.ANALYST: AND_STEWARDS,
    Role.CITY_SUPERVISOR: EVERYWHERE,
    Role.DISTRICT_HANDLER: EVERYWHERE,
    # Offices that are asked to help see what they were asked about, and no companies.
    Role.GRID_MEMBER: (Place.CLUES, Place.EVIDENCE),
    Role.LEGAL_REVIEWER: (Place.CLUES, Place.EVIDENCE),
    Role.INDUSTRY_REGULATOR: (Place.CLUES, Place.EVIDENCE),
    Role.MARKET_REGULATOR: (Place.CLUES, Place.EVIDENCE),
    Role.POLICE_LIAISON: (Place.CLUES, Place.CASES, Place.EVIDENCE),
    # Those who are watched hand in and see their own, nothing else.
    Role.INSTITUTION: (Place.DEPOSITS,),
    Role.SYSTEM_ADMIN: (Place.ADMINISTRATION,),
    Role.SECURITY_ADMIN: (Place.ADMINISTRATION,),
    # Watches the log of deposits, and opens none of them.
    Role.AUDITOR: (Place.DATA, Place.RUNS, Place.MODELS, Place.EVIDENCE, Place.ADMINISTRATION),
}

# Refused rows and unresolved names come from every region; only people who mend the data read them.
READS_RAW_DELIVERIES = frozenset({Role.PROVINCE_ADMIN, Role.ANALYST, Role.AUDITOR})
