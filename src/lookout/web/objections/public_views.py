"""Pages a company opens with the code of its letter: no account, no session."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lookout.kernel.errors import DataError
from lookout.web.accounts.addresses import address_of
from lookout.web.complaints import allowances
from lookout.web.objections import services
from lookout.web.objections.grounds import OwnView, own_view
from lookout.web.objections.models import AccessLetter, Objection

TRIES = allowances.Limit("my_rating", 20, timedelta(minutes=10))


class ObjectionForm(forms.Form):
    """Which fact is wrong, and why."""

    ground = forms.ChoiceField(label=gettext_lazy("哪一项不对"))
    why = forms.CharField(
        label=gettext_lazy("为什么不对"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5})
    )
    file = forms.FileField(label=gettext_lazy("证明材料（可不传）"), required=False)
    form_key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: object, view: OwnView, **kwargs: object) -> None:
        """Offer the facts there are."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        choices = [(ground.code, ground.said) for ground in view.grounds]
        self.fields["ground"].choices = choices  # type: ignore[attr-defined]  # a choice field


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_rating(request: HttpRequest) -> HttpResponse:
    """Ask for the code; with it, show the rating, the facts, and the answers to what was objected."""
    if request.method != "POST":
        return render(request, "objections/code.html")
    now = timezone.now()
    if not allowances.take(TRIES, address_of(request), now):
        return render(
            request, "objections/code.html", {"problem": _("试得太多了，请十分钟后再试。")}, status=429
        )
    code = request.POST.get("code", "")[:40]
    letter = services.open_letter(code, now=now)
    view = own_view(letter.company, timezone.localdate(now)) if letter is not None else None
    if letter is None or view is None:
        problem = _("没有这个查阅码，或者已经过期。请核对函件，或联系发函单位。")
        return render(request, "objections/code.html", {"problem": problem}, status=422)
    if "form_key" not in request.POST:
        return _show(request, letter, view, code, ObjectionForm(view=view, initial={"form_key": uuid4().hex}))
    form = ObjectionForm(request.POST, request.FILES, view=view)
    if form.is_valid():
        data = form.cleaned_data
        ground = next(one for one in view.grounds if one.code == data["ground"])
        try:
            services.object_to(
                letter, ground, why=data["why"], form_key=data["form_key"], now=now, upload=data["file"]
            )
        except DataError as problem:
            form.add_error(None, str(problem))
        else:
            fresh = ObjectionForm(view=view, initial={"form_key": uuid4().hex})
            return _show(request, letter, view, code, fresh, is_sent=True)
    return _show(request, letter, view, code, form, status=422)


def _show(
    request: HttpRequest,
    letter: AccessLetter,
    view: OwnView,
    code: str,
    form: ObjectionForm,
    *,
    status: int = 200,
    is_sent: bool = False,
) -> HttpResponse:
    # A later letter of the same company shows what was answered under an earlier one.
    objections = Objection.objects.filter(letter__company=letter.company).order_by("-received_at", "-pk")
    context = {
        "letter": letter,
        "view": view,
        "code": code,
        "form": form,
        "objections": objections,
        "is_sent": is_sent,
        "days": services.ANSWER_WITHIN,
    }
    return render(request, "objections/my_rating.html", context, status=status)
