"""Codes of deliveries in words: rules of advertising, sources; what is unknown is shown as it is."""

from __future__ import annotations

from lookout.hub.reading import code_names, source_title


def test_a_rule_of_advertising_is_called_by_name_and_code() -> None:
    names = code_names("advertisement_finding", "rule")

    assert names["AD-005"] == "虚假广告（AD-005）"
    assert all(name.endswith(f"（{code}）") for code, name in names.items())
    assert "AD-999" not in names


def test_a_source_is_called_by_the_name_of_its_office() -> None:
    assert source_title("tax") == "税务局"
    assert source_title("somebody") == "somebody"
