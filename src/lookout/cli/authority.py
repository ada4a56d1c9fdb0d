"""For whoever keeps certificates and time-stamps: look, try, renew, revoke; all else is settings."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lookout.cli.menu import app
from lookout.cli.terminal import console, errors, now, this_settings
from lookout.config import Settings

authority = typer.Typer(no_args_is_help=True, help="签章证书与时间戳机构：查看、试盖、更换、吊销")
app.add_typer(authority, name="authority")


class Renewable(StrEnum):
    """What of the test authority can be replaced."""

    SIGNING = "signing"
    TSA = "tsa"


def _folder(settings: Settings) -> Path:
    from lookout.proof.places import authority_folder

    return authority_folder(settings.home)


def warn_of_faults(settings: Settings) -> None:
    """Say on stderr what an operator has to mend, such as a test authority that serves in production."""
    from lookout.proof.notary import standing

    for row in standing(_folder(settings), now=now(), demo=settings.demo, **settings.proof_options):
        if row.is_fault:
            errors.print(f"[bold red]注意：{escape(row.text)}[/]")


@authority.command()
def show() -> None:
    """列出签章、时间戳、可信根证书的现状，和内置测试机构签发过的证书。"""
    from lookout.proof.authority import open_authority
    from lookout.proof.certificates import common_name
    from lookout.proof.notary import standing
    from lookout.proof.trust import local

    settings = this_settings()
    folder = _folder(settings)
    for row in standing(folder, now=now(), demo=settings.demo, **settings.proof_options):
        console.print(f"[red]问题：{escape(row.text)}[/]" if row.is_fault else escape(row.text))
    if not (folder / "root.pem").exists():
        return
    test = open_authority(folder, now=now())
    revoked = test.revoked()
    for one in test.certificates():
        gone = (
            f"  [red]已于 {local(revoked[one.serial_number][0])} 吊销[/]"
            if one.serial_number in revoked
            else ""
        )
        console.print(
            f"{one.serial_number:x}  {escape(common_name(one.subject))}  至 {local(one.not_valid_after_utc)}{gone}"
        )


@authority.command(name="try")
def try_out() -> None:
    """按现在的设置签一次名、盖一次时间戳，并立即核验；用于换接正式机构之后。"""
    from lookout.proof.notary import open_notary
    from lookout.proof.signing import check_detached
    from lookout.proof.stamps import check_stamp
    from lookout.proof.trust import local

    settings = this_settings()
    notary = open_notary(_folder(settings), clock=now, **settings.proof_options)
    said = b"lookout authority try"
    digest = hashlib.sha256(said).digest()
    stamp = check_stamp(notary.authority.stamp(digest), digest, roots=notary.roots, at=now())
    signature = check_detached(notary.signer.sign_detached(said), said, roots=notary.roots, at=now())
    console.print(
        f"时间戳：{escape(stamp.authority_name)}，{local(stamp.gen_time or now())}，流水号 {stamp.serial}"
    )
    console.print(
        f"签章：{escape(signature.signer)}，{signature.algorithm}，签发者 {escape(signature.issuer)}"
    )
    for problem in (*stamp.problems, *signature.problems):
        console.print(f"[red]问题：{escape(problem)}[/]")
    for note in dict.fromkeys((*stamp.notes, *signature.notes)):
        console.print(f"  {escape(note)}")
    if notary.is_test:
        console.print("[bold]其中有测试证书：所签所盖没有法律效力[/]")
    if not (stamp.ok and signature.ok):
        raise typer.Exit(1)
    console.print("签名与时间戳都通过核验")


@authority.command()
def renew(
    what: Annotated[Renewable, typer.Argument(help="signing 签章，tsa 时间戳")],
    leaked: Annotated[
        bool, typer.Option("--leaked", help="旧密钥可能已泄露：它盖过的时间戳从此都不可信")
    ] = False,
) -> None:
    """更换内置测试机构的签章或时间戳证书并吊销旧的；密钥可能泄露、或先前的时钟走快了时用。"""
    from lookout.proof.authority import renew as replace
    from lookout.proof.certificates import Purpose
    from lookout.proof.trust import local

    made = replace(_folder(this_settings()), Purpose(what.value), now=now(), has_leaked=leaked)
    fresh = (made.signing if what is Renewable.SIGNING else made.tsa).certificate
    console.print(
        f"新证书 {fresh.serial_number:x}，有效至 {local(fresh.not_valid_after_utc)}；旧证书自此刻起吊销"
    )


@authority.command()
def revoke(
    serial: Annotated[str, typer.Argument(help="证书序列号，十六进制；见 lookout authority show")],
) -> None:
    """吊销内置测试机构签发的一张证书，并更新吊销列表。"""
    from lookout.kernel.errors import DataError
    from lookout.proof.authority import open_authority

    try:
        number = int(serial, 16)
    except ValueError:
        raise DataError(f"“{serial}”不是十六进制的序列号；见 lookout authority show") from None
    open_authority(_folder(this_settings()), now=now()).revoke(number, at=now())
    console.print(f"证书 {number:x} 已吊销，吊销列表已更新")
