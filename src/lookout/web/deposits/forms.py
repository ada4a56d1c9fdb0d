"""Forms of the contract vault: one contract with its parties, and a file of digests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from lookout.kernel.errors import DataError
from lookout.kernel.identifiers import clean_code, is_person_id, is_uscc
from lookout.web.accounts.models import User
from lookout.web.deposits.access import visible
from lookout.web.deposits.checks.facts import Party
from lookout.web.deposits.models import ContractDeposit
from lookout.web.deposits.services import Declared, Paper, paper_of
from lookout.web.deposits.words import ContractKind, Factor, Intention, PartyKind, PartyRole

MOST_PARTIES = 8
EXTRA_PARTIES = 2  # beside the institution and the other party
DIGEST = re.compile(r"[0-9a-f]{64}")
DOCUMENT, DIGEST_ONLY = "document", "digest"


class MomentInput(forms.DateTimeInput):
    """A day and time, picked in the browser's own calendar."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        """Write moments as the browser reads them."""
        super().__init__(format="%Y-%m-%dT%H:%M")


def _moment(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        widget=MomentInput(),
        help_text=help_text,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"],
    )


class ContractForm(forms.Form):
    """What is deposited, and what the institution says of it."""

    form = forms.ChoiceField(
        label=_("存证方式"),
        choices=(
            (DOCUMENT, _("存文件：交来 PDF，加密保存，可以核验签名")),
            (DIGEST_ONLY, _("只存摘要：文件留在本机构")),
        ),
        widget=forms.RadioSelect,
        initial=DOCUMENT,
    )
    file = forms.FileField(
        label=_("合同文件（PDF）"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf"}),
        help_text=_("交签署完成的原始文件，不要用打印或另存出来的；20 MB 以内。"),
    )
    sha256 = forms.CharField(label="SHA-256", required=False, max_length=64, help_text=_("64 位十六进制。"))
    sm3 = forms.CharField(label="SM3", required=False, max_length=64, help_text=_("64 位十六进制。"))
    size = forms.IntegerField(label=_("文件字节数"), required=False, min_value=1)
    contract_no = forms.CharField(label=_("合同编号"), max_length=80)
    kind = forms.ChoiceField(label=_("合同类型"), choices=ContractKind.choices)
    signed_at = _moment(_("签订时间"), required=True)
    amount = forms.DecimalField(
        label=_("金额（元）"), required=False, max_digits=18, decimal_places=2, min_value=0
    )
    rate_percent = forms.DecimalField(
        label=_("年利率（%）"),
        required=False,
        max_digits=9,
        decimal_places=4,
        min_value=0,
        help_text=_("综合年化，含各项费用。"),
    )
    term_days = forms.IntegerField(label=_("期限（天）"), required=False, min_value=1, max_value=36_500)
    product_code = forms.CharField(
        label=_("产品（项目）代码"),
        required=False,
        max_length=80,
        help_text=_("与报送的产品登记一致，用来核对。"),
    )
    version_of = forms.CharField(
        label=_("修订自"), required=False, max_length=18, help_text=_("这是修订版时，填原版的存证编号。")
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        """Remember who deposits."""
        super().__init__(*args, **kwargs)
        self._user = user
        self._earlier: ContractDeposit | None = None
        self._paper: Paper | None = None

    def clean_version_of(self) -> str:
        """Refuse what is not the institution's own."""
        number: str = self.cleaned_data["version_of"].strip().upper()
        if number:
            self._earlier = visible(self._user).filter(number=number).first()
            if self._earlier is None:
                raise forms.ValidationError(_("本机构没有这个编号的存证；请核对编号"))
        return number

    def clean(self) -> dict[str, Any]:
        """Take the document, or the digests."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("form") == DIGEST_ONLY:
            self._take_digests(data)
        elif data.get("file") is None:
            self.add_error("file", _("请选择 PDF 文件，或改为只存摘要"))
        else:
            try:
                self._paper = paper_of(data["file"])
            except DataError as problem:
                self.add_error("file", str(problem))
        return data

    def _take_digests(self, data: dict[str, Any]) -> None:
        found = {name: str(data.get(name) or "").strip().lower() for name in ("sha256", "sm3")}
        for name, digest in found.items():
            if not DIGEST.fullmatch(digest):
                self.add_error(name, _("应为 64 位十六进制"))
        if not data.get("size"):
            self.add_error("size", _("请填写文件的字节数"))
        if not self.errors:
            self._paper = Paper(found["sha256"], found["sm3"], int(data["size"]))

    @property
    def paper(self) -> Paper:
        """Return what is deposited; only of a valid form."""
        if self._paper is None:
            raise ValueError("the form is not valid")
        return self._paper

    def declared(self, parties: list[Party]) -> Declared:
        """Return what the form says; only of a valid form."""
        data = self.cleaned_data
        return Declared(
            contract_no=data["contract_no"],
            kind=ContractKind(data["kind"]),
            signed_at=data["signed_at"],
            product_code=data["product_code"],
            amount=data["amount"],
            rate_percent=data["rate_percent"],
            term_days=data["term_days"],
            parties=parties,
            version_of=self._earlier,
        )


class PartyForm(forms.Form):
    """One party; an empty form is no party."""

    role = forms.ChoiceField(label=_("身份"), choices=PartyRole.choices)
    kind = forms.ChoiceField(label=_("自然人或单位"), choices=PartyKind.choices)
    name = forms.CharField(label=_("姓名或名称"), required=False, max_length=200)
    uscc = forms.CharField(label=_("统一社会信用代码"), required=False, max_length=30)
    id_number = forms.CharField(label=_("身份证号"), required=False, max_length=30)
    phone = forms.CharField(label=_("预留手机号"), required=False, max_length=20)
    bank_card = forms.CharField(label=_("银行卡号"), required=False, max_length=30)
    factors = forms.MultipleChoiceField(
        label=_("核验过的身份要素"),
        required=False,
        choices=Factor.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    verified_at = _moment(_("身份核验时间"))
    verified_by = forms.CharField(label=_("身份核验方"), required=False, max_length=100)
    intention = forms.ChoiceField(
        label=_("签署意愿核验方式"), required=False, choices=(("", _("没有核验")), *Intention.choices)
    )
    intended_at = _moment(_("意愿核验时间"))
    read_seconds = forms.IntegerField(
        label=_("阅读时长（秒）"), required=False, min_value=0, max_value=86_400
    )

    def clean(self) -> dict[str, Any]:
        """Ask a party for a name, and its codes for their check digits; an empty form is left alone."""
        data: dict[str, Any] = super().clean() or {}
        for name in ("uscc", "id_number", "bank_card"):
            data[name] = clean_code(data.get(name) or "")
        told = [name for name in ("name", "uscc", "id_number", "phone", "bank_card") if data.get(name)]
        if not told:
            return data
        if not (data.get("name") or "").strip():
            self.add_error("name", _("请写明姓名或名称"))
        if data["uscc"] and not is_uscc(data["uscc"]):
            self.add_error("uscc", _("应为 18 位且校验位相符"))
        if data["id_number"] and not is_person_id(data["id_number"]):
            self.add_error("id_number", _("应为 18 位且校验位相符"))
        if data.get("kind") == PartyKind.PERSON and data["uscc"]:
            self.add_error("uscc", _("自然人没有统一社会信用代码"))
        return data

    def party(self) -> Party | None:
        """Return the party, None for an empty form; only of a valid one."""
        data = self.cleaned_data
        if not (data.get("name") or "").strip():
            return None
        return Party(
            role=PartyRole(data["role"]),
            kind=PartyKind(data["kind"]),
            name=data["name"].strip(),
            uscc=data["uscc"],
            id_number=data["id_number"],
            phone="".join(sign for sign in data["phone"] if sign.isdigit()),
            bank_card=data["bank_card"],
            factors=frozenset(data["factors"]),
            verified_at=data["verified_at"],
            verified_by=data["verified_by"].strip(),
            intention=Intention(data["intention"]) if data["intention"] else None,
            intended_at=data["intended_at"],
            read_seconds=data["read_seconds"],
        )


if TYPE_CHECKING:
    PartyForms = forms.BaseFormSet[PartyForm]
else:  # at run time Django's form set takes no type
    PartyForms = forms.BaseFormSet

PartyFormSet: type[PartyForms] = formset_factory(
    PartyForm, extra=EXTRA_PARTIES, max_num=MOST_PARTIES, absolute_max=MOST_PARTIES, validate_max=True
)


def first_parties(company: str, name: str) -> list[dict[str, Any]]:
    """Return what the party forms show at first: the institution itself, and a person."""
    return [
        {"role": PartyRole.LENDER.value, "kind": PartyKind.COMPANY.value, "name": name, "uscc": company},
        {"role": PartyRole.BORROWER.value, "kind": PartyKind.PERSON.value},
    ]


class BatchForm(forms.Form):
    """A file with digests of many contracts."""

    file = forms.FileField(
        label=_("CSV 或 Excel 文件"),
        help_text=_("一行一份合同，第一行是列名；可以先下载样表。只收摘要，不收个人信息。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
    )


class ReasonForm(forms.Form):
    """Why somebody wants to see who is in a contract."""

    reason = forms.CharField(label=_("理由"), max_length=500, help_text=_("写明案件或线索编号；会记入审计。"))
