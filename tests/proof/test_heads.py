"""Signed heads: a log cut off or changed, and a clock set back, are found by them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lookout.kernel.errors import ConfigError, DataError, TransientError
from lookout.proof import Head, SignedHead, check_heads, open_heads, open_log, publish_head
from tests.proof.evidence import House, entry, house


@pytest.fixture
def sealed(tmp_path: Path) -> House:
    """Ten entries under two heads."""
    made = house(tmp_path)
    made.log.append(entry(number) for number in range(4))
    made.publish()
    made.log.append(entry(number) for number in range(4, 10))
    made.publish()
    return made


def without_the_last(home: Path, size: int) -> None:
    """Cut a log off so that it is whole in itself: as if the last entries had never been."""
    entries = list(open_log(home).entries())[:size]
    origin = (home / "proof/log/origin").read_bytes()
    shutil.rmtree(home / "proof/log")
    open_log(home).append(entries)
    (home / "proof/log/origin").write_bytes(origin)


def test_heads_say_what_the_log_was(sealed: House) -> None:
    heads = open_heads(sealed.home)
    newest = heads.newest()

    assert newest is not None
    assert (newest.number, newest.head.size, newest.head.root) == (2, 10, sealed.log.root())
    assert [signed.head.size for signed in heads.all()] == [4, 10]
    assert [head and head.number for head in map(heads.covering, (0, 3, 4, 9, 10))] == [1, 1, 2, 2, None]
    assert check_heads(sealed.log, heads) == []


def test_a_head_is_the_same_after_reading(sealed: House) -> None:
    [first, _] = open_heads(sealed.home).all()

    assert SignedHead.from_json(first.as_json(), 1) == first
    assert Head.from_bytes(first.head.as_bytes()) == first.head
    assert first.token


def test_a_log_cut_off_by_one_leaf_is_found_although_it_is_whole_in_itself(sealed: House) -> None:
    without_the_last(sealed.home, 9)
    [finding] = check_heads(sealed.log, open_heads(sealed.home))

    assert sealed.log.check() == []
    assert "签署时有 10 条，现在只有 9 条" in finding.what
    with pytest.raises(DataError, match="存证日志被截短"):
        sealed.publish()


def test_a_log_cut_off_and_filled_up_again_is_found(sealed: House) -> None:
    without_the_last(sealed.home, 9)
    sealed.log.append([entry("another"), entry("more")])

    assert [finding.where for finding in check_heads(sealed.log, open_heads(sealed.home))] == ["签名头 2"]
    with pytest.raises(DataError, match="存证日志被改动"):
        sealed.publish()


def test_another_log_in_its_place_is_found(sealed: House) -> None:
    (sealed.home / "proof/log/origin").write_text("lookout-another\n")

    assert "另一本日志" in str(check_heads(sealed.log, open_heads(sealed.home))[0])
    with pytest.raises(DataError, match="另一本日志"):
        sealed.publish()


def test_a_clock_set_back_is_refused(sealed: House) -> None:
    sealed.clock.now -= timedelta(hours=2)

    with pytest.raises(ConfigError, match="时钟被拨回"):
        publish_head(sealed.log, sealed.signer, None, sealed.clock.now)
    assert len(open_heads(sealed.home).numbers()) == 2


def test_a_job_that_began_a_moment_ago_seals_no_earlier_than_what_came_meanwhile(sealed: House) -> None:
    begun = sealed.clock.now - timedelta(minutes=1)
    meanwhile = sealed.clock.now + timedelta(seconds=30)
    sealed.log.append([entry("meanwhile", at=meanwhile)])

    assert publish_head(sealed.log, sealed.signer, None, begun).head.at == meanwhile


def test_a_clock_before_what_was_sealed_is_refused(sealed: House) -> None:
    sealed.log.append([entry("later", at=sealed.clock.now + timedelta(days=1))])

    with pytest.raises(ConfigError, match="时钟被拨回"):
        sealed.publish()


def test_a_head_changed_on_the_disk_is_found_by_its_signature(sealed: House) -> None:
    heads = open_heads(sealed.home)
    first = heads.read(1)
    moved = replace(first, head=replace(first.head, at=first.head.at + timedelta(days=1)))
    (heads.folder / "00000001.json").write_text(moved.as_json(), "utf-8")
    findings = check_heads(sealed.log, heads)

    assert any("签名不成立" in finding.what for finding in findings)
    assert any("早于前一个" in finding.what for finding in findings)


def test_a_missing_or_damaged_head_is_named(sealed: House) -> None:
    heads = open_heads(sealed.home)
    (heads.folder / "00000002.json").write_text("{", "utf-8")
    assert "损坏" in str(check_heads(sealed.log, heads)[0])

    (heads.folder / "00000001.json").unlink()
    assert [str(finding) for finding in check_heads(sealed.log, heads)] == ["签名头 1：缺失"]


def test_without_an_authority_a_head_has_no_stamp(sealed: House) -> None:
    signed = publish_head(sealed.log, sealed.signer, None, sealed.clock.now + timedelta(seconds=1))

    assert signed.token == b""
    assert signed.number == 3


def test_a_head_is_never_overwritten(sealed: House) -> None:
    heads = open_heads(sealed.home)
    heads.numbers = lambda: [1]  # type: ignore[method-assign]  # as if another process had just been faster

    with pytest.raises(TransientError, match="另一个进程"):
        heads.add(heads.read(2))
