"""Dependencies: each with its reason, locked by hash, and no lock names a download host."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.project.trees import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REASONS = ROOT / "docs" / "explanation" / "dependencies.md"
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-spark.lock")


def canonical(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def declared(*extras: str) -> set[str]:
    found = {canonical(text) for text in PROJECT["dependencies"]}
    return found | {canonical(text) for extra in extras for text in PROJECT["optional-dependencies"][extra]}


def locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text("utf-8")
    return {
        canonical(pin): version for pin, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.M)
    }


def test_every_dependency_has_its_line_of_reason_and_every_line_its_dependency():
    rows = re.findall(r"^\| `([^`]+)` \| (.+?) \|$", REASONS.read_text("utf-8"), re.M)

    assert {canonical(name) for name, _ in rows} == declared(*PROJECT["optional-dependencies"])
    assert all(len(reason) > 20 for _, reason in rows)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_download_host_and_no_place_on_a_disk(name):
    text = (ROOT / name).read_text("utf-8")

    assert not re.search(r"https?:|file:|--index-url|--find-links|--extra-index-url", text)
    assert not re.search(r"(^|\s)/[a-z]", text)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_version_has_a_hash(name):
    entries = re.split(r"^(?=[A-Za-z0-9])", (ROOT / name).read_text("utf-8"), flags=re.M)
    pins = [entry for entry in entries if "==" in entry.split("\n")[0]]

    assert pins
    assert all("--hash=sha256:" in entry for entry in pins)


@pytest.mark.parametrize(
    ("name", "extras"),
    [("requirements.lock", ()), ("requirements-dev.lock", ("dev",)), ("requirements-spark.lock", ("spark",))],
)
def test_a_lock_is_as_new_as_the_declaration(name, extras):
    assert declared(*extras) <= set(locked(name)), "run make lock"


def test_the_locks_agree_on_what_they_share():
    core, *others = (locked(name) for name in LOCKS)

    for other in others:
        assert {name: other.get(name) for name in core} == core
