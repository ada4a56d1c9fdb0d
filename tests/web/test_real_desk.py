"""A desk with real data does not start while a demo password opens it."""

from __future__ import annotations

import pytest

from lookout.kernel.errors import ConfigError
from lookout.web.accounts.models import User
from lookout.web.manage import prepare


def test_accounts_on_demo_passwords_keep_a_real_desk_closed(cast: dict[str, User]) -> None:
    with pytest.raises(ConfigError, match="演示口令") as refusal:
        prepare(demo=False)

    assert all(name in str(refusal.value) for name in cast)
    assert "lookout-chen" not in str(refusal.value)


def test_closed_accounts_and_new_passwords_open_it(cast: dict[str, User]) -> None:
    for number, user in enumerate(cast.values()):
        if number % 2:
            user.is_active = False
        else:
            user.set_password("Rain-on-the-river-42")
        user.save()

    assert prepare(demo=False) == []
