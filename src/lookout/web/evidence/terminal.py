"""What the terminal asks of the desk when it seals something."""

from __future__ import annotations

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.evidence.access import may_seal
from lookout.web.evidence.subjects import find_subject


def sealer_of(username: str, clue: str) -> User | None:
    """Return who seals, None for the system itself. Raises DataError for people who may not, and for unseen clues."""
    if not username:
        if clue:
            raise DataError("存到线索时，请用 --by 写明以谁的名义")
        return None
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None or not may_seal(person):
        raise DataError(f"没有用户 {username}，或这个用户不能存证；请核对用户名")
    subject = find_subject("clue")
    if clue and (subject is None or not subject.may_read(person, clue)):
        raise DataError(f"没有线索 {clue}，或用户 {username} 看不到它；请核对编号")
    return person
