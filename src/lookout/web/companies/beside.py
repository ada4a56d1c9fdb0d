"""What stands beside the model's rating on a company's page: reviews by people, and who watches it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lookout.hub.reading.model import CompanyRow
from lookout.web.accounts.models import User
from lookout.web.companies.columns import review_text
from lookout.web.companies.forms import ReviewForm
from lookout.web.companies.models import RatingReview, Watched, WatchList
from lookout.web.companies.reviewing import may_do, may_propose, reviews_of
from lookout.web.companies.states import LIVE, ReviewState, ReviewVerb
from lookout.web.companies.watching import lists_of


@dataclass(frozen=True)
class Beside:
    """Reviews and watch lists as one person sees them.

    `review` is the one that waits or counts, with the steps the person may take and what it says when it counts.
    `may_write`: the company can be told how it sees its own rating, whether or not a review is under way.
    """

    review: RatingReview | None
    said: str
    steps: tuple[ReviewVerb, ...]
    earlier: tuple[RatingReview, ...]
    form: ReviewForm | None
    may_write: bool
    lists: tuple[tuple[WatchList, bool], ...]
    is_watched: bool


def beside(user: User, row: CompanyRow, today: date, form: ReviewForm | None = None) -> Beside:
    """Return what stands beside a rating; `form` is one that was not accepted."""
    reviews = reviews_of(row.identifier)
    live = next((one for one in reviews if one.state in LIVE and one.expires_on >= today), None)
    counts = live is not None and live.state == ReviewState.APPROVED
    lists = list(lists_of(user))
    on = set(Watched.objects.filter(company=row.identifier, list__in=lists).values_list("list_id", flat=True))
    may_write = may_propose(user) and row.band is not None
    return Beside(
        review=live,
        said=review_text(live) if live is not None and counts else "",
        steps=tuple(verb for verb in ReviewVerb if may_do(user, live, verb)) if live is not None else (),
        earlier=tuple(one for one in reviews if one is not live),
        form=(form or ReviewForm(today=today, band=row.band)) if may_write and live is None else None,
        may_write=may_write,
        lists=tuple((one, one.pk in on) for one in lists),
        is_watched=bool(on),
    )
