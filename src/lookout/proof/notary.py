"""Who signs and stamps for an installation, by its settings; where nothing is set, the built-in test authority."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from cryptography import x509

from lookout.kernel.errors import ConfigError
from lookout.proof.authority import open_authority
from lookout.proof.certificates import TEST_WORDS, common_name
from lookout.proof.signing import Signer, read_pkcs12
from lookout.proof.sm2 import why_unavailable
from lookout.proof.sm2_signer import open_sm2_signer
from lookout.proof.stamps import BuiltInAuthority, OutsideAuthority, TimeStampAuthority, last_stamped_at
from lookout.proof.trust import Roots, local, read_certificates

TIMEOUT = 15.0  # seconds for one time-stamp
_EXPIRES_SOON = timedelta(days=30)
_ROOT, _LIST = "root.pem", "crl.der"
_OTHERS = 0o077  # the rights of everybody but the owner
Made = TypeVar("Made")


@dataclass(frozen=True)
class Notary:
    """The signer and the time-stamp authority of an installation.

    `roots`: whom to believe about documents of others. `own_roots`: besides, the test root, so that what was sealed
    before the licensed authority came can still be checked; findings say `is_test` of it.
    """

    signer: Signer
    authority: TimeStampAuthority
    roots: Roots
    own_roots: Roots

    @property
    def is_test(self) -> bool:
        """Whether what it makes has no legal effect."""
        return self.signer.is_test or self.authority.is_test


@dataclass(frozen=True)
class Standing:
    """One sentence on signatures and stamps; a fault is something an operator has to mend."""

    text: str
    is_fault: bool = False


def open_notary(
    folder: Path,
    *,
    clock: Callable[[], datetime],
    tsa_url: str = "",
    pkcs12: Path | None = None,
    passphrase: str = "",
    roots: Path | None = None,
) -> Notary:
    """Open the notary; `folder` is that of the test authority, which is made only when something needs it.

    Raises ConfigError with everything that is wrong with the settings.
    """
    problems: list[str] = []
    given = _tried(lambda: Roots.read(roots), problems) if roots else Roots()
    signer = _tried(lambda: read_pkcs12(pkcs12, passphrase, at=clock()), problems) if pkcs12 else None
    if tsa_url and not roots:
        problems.append("设了 LOOKOUT_TSA_URL，还须用 LOOKOUT_TRUSTED_ROOTS 给出放有它的根证书的文件夹")
    outside = (
        _tried(lambda: OutsideAuthority(tsa_url, TIMEOUT, given or Roots(), clock=clock), problems)
        if tsa_url
        else None
    )
    if problems:
        raise ConfigError("签章与时间戳的设置有问题：\n" + "\n".join(f"  {one}" for one in problems))
    believed = given or Roots()
    if signer and outside:
        return Notary(signer, outside, believed, believed + _test_root(folder))
    test = open_authority(folder, now=clock())
    believed += Roots((test.root,), crls=(test.refresh(clock()),))
    authority = outside or BuiltInAuthority(folder, clock, authority=test)
    return Notary(signer or Signer.of_authority(test), authority, believed, believed)


def open_sm2(folder: Path, *, now: datetime) -> Signer | None:
    """Return the test authority's SM2 signer, None where the platform has no SM2."""
    return None if why_unavailable() else open_sm2_signer(open_authority(folder, now=now), now=now)


def standing(
    folder: Path,
    *,
    now: datetime,
    demo: bool,
    tsa_url: str = "",
    pkcs12: Path | None = None,
    passphrase: str = "",
    roots: Path | None = None,
) -> list[Standing]:
    """Return how signatures and stamps stand, without making or asking anything."""
    found = [*_given(now, tsa_url, pkcs12, passphrase, roots)]
    if not (tsa_url and pkcs12):
        what = "、".join(name for name, given in (("签章", pkcs12), ("时间戳", tsa_url)) if not given)
        found.append(
            Standing(
                f"{what}由内置的测试机构承担（{TEST_WORDS}）；等待正式的证书与时间戳机构："
                "见 docs/howto/own-authority.md",
                is_fault=not demo,
            )
        )
    missing = why_unavailable()
    found.append(
        Standing(f"国密签名（SM2-SM3）等待 openssl：{missing}" if missing else "国密签名（SM2-SM3）：可用")
    )
    return [*found, *_files(folder, now)]


def _given(
    now: datetime, tsa_url: str, pkcs12: Path | None, passphrase: str, roots: Path | None
) -> Iterator[Standing]:
    try:
        if roots:
            believed = Roots.read(roots)
            yield Standing(
                f"可信根证书 {len(believed.roots)} 张、中间证书 {len(believed.intermediates)} 张、"
                f"吊销列表 {len(believed.crls)} 份（{roots}）"
            )
            yield from _near_end("可信根证书", believed.roots, now)
        elif tsa_url:
            yield Standing(
                "设了 LOOKOUT_TSA_URL，却没有 LOOKOUT_TRUSTED_ROOTS；时间戳无从核验", is_fault=True
            )
    except ConfigError as error:
        yield Standing(str(error), is_fault=True)
    if tsa_url:
        yield Standing(f"时间戳机构：{tsa_url}（运行 lookout authority try 可试盖一次）")
    if not pkcs12:
        return
    try:
        signer = read_pkcs12(pkcs12, passphrase, at=now)
    except ConfigError as error:
        yield Standing(str(error), is_fault=True)
        return
    mark = f"，{TEST_WORDS}" if signer.is_test else ""
    yield Standing(
        f"签章证书：{signer.name}（{signer.algorithm}{mark}），有效至 {local(signer.certificate.not_valid_after_utc)}"
    )
    yield from _near_end("签章证书", (signer.certificate, *signer.chain), now)


def _near_end(what: str, certificates: tuple[x509.Certificate, ...], now: datetime) -> Iterator[Standing]:
    for one in certificates:
        if now > one.not_valid_after_utc - _EXPIRES_SOON:
            yield Standing(
                f"{what}“{common_name(one.subject)}”{local(one.not_valid_after_utc)} 到期；请向证书机构换发",
                is_fault=True,
            )


def _files(folder: Path, now: datetime) -> Iterator[Standing]:
    """Yield what is wrong with the test authority's files: read by others, or a clock that went back."""
    for file in sorted(folder.glob("*.key")) if folder.is_dir() else ():
        if file.stat().st_mode & _OTHERS:
            yield Standing(f"{file}：密钥能被他人读到；请运行 chmod 600 {file}，并考虑更换", is_fault=True)
    if (folder / _ROOT).exists():
        try:
            last = last_stamped_at(folder)
        except ConfigError as error:
            yield Standing(str(error), is_fault=True)
            return
        if last and now < last:
            yield Standing(
                f"时钟被拨回：现在是 {local(now)}，而测试时间戳已签发到 {local(last)}；请校准时钟，否则不能再盖时间戳",
                is_fault=True,
            )


def _tried(make: Callable[[], Made], problems: list[str]) -> Made | None:
    try:
        return make()
    except ConfigError as error:
        problems.append(str(error))
        return None


def _test_root(folder: Path) -> Roots:
    """Return the test root of earlier days, if there is one."""
    file = folder / _ROOT
    if not file.exists():
        return Roots()
    lists = (folder / _LIST,) if (folder / _LIST).exists() else ()
    return Roots(tuple(read_certificates(file.read_bytes())), crls=tuple(one.read_bytes() for one in lists))
