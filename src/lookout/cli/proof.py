"""For whoever has to prove something: the log, its heads, entries, and the check of a package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lookout.cli.menu import app
from lookout.cli.terminal import console, now, this_settings
from lookout.kernel.errors import DataError
from lookout.proof import SignedHead, check_heads, open_heads, open_log, publish_head
from lookout.proof.entry import Entry
from lookout.proof.log import Log

proof = typer.Typer(no_args_is_help=True, help="存证日志：签署、核对、查询；核验取证包")
app.add_typer(proof, name="proof")

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取")]


@proof.command()
def enter() -> None:
    """把还没有进入日志的批次、撤回与运行补进去；可以重复执行。"""
    from lookout.pipeline.proving import enter_missing

    entered = enter_missing(this_settings().home, now)
    console.print(f"补进 {entered.added:,} 条")
    for what in entered.changed:
        console.print(f"[red]{escape(what)}[/]")
    if entered.changed:
        raise typer.Exit(1)


@proof.command()
def head(
    publish: Annotated[bool, typer.Option("--publish", help="先签署一个新的，并盖时间戳")] = False,
    out: Annotated[
        Path | None, typer.Option(help="另存签名头文件，可在别处公布；核验时用 --head 给出")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """显示最近的签名头；“记录数:根值”可印在简报上，供核验取证包时比对。"""
    home = this_settings().home
    signed = _publish(home) if publish else open_heads(home).newest()
    if signed is None:
        raise DataError("还没有签名头；请运行 lookout proof head --publish")
    if out is not None:
        out.write_text(signed.as_json(), "utf-8")
    if as_json:
        console.print_json(signed.as_json())
        return
    told = signed.head
    console.print(
        f"签名头 {signed.number}：日志 {told.origin}，{told.size:,} 条，{told.at:%Y-%m-%d %H:%M:%S}"
    )
    console.print(f"  {told.size}:{told.root.hex()}", soft_wrap=True)
    console.print(f"  签名 {escape(signed.algorithm)}，{'有' if signed.token else '没有'}时间戳")
    if waiting := open_log(home).size - told.size:
        console.print(f"  此后又有 {waiting:,} 条，等下一个签名头")


def _publish(home: Path) -> SignedHead:
    from lookout.pipeline.proving import enter_missing
    from lookout.proof.notary import open_notary
    from lookout.proof.places import authority_folder

    enter_missing(home, now)
    notary = open_notary(authority_folder(home), clock=now, **this_settings().proof_options)
    return publish_head(open_log(home), notary.signer, notary.authority, now())


@proof.command()
def check() -> None:
    """逐条重新计算整本日志，与每个签名头比对；截短、改动都会指出，退出码为 1。"""
    home = this_settings().home
    log, heads = open_log(home), open_heads(home)
    findings = [*log.check(), *check_heads(log, heads)]
    for finding in findings:
        console.print(f"[red]问题：{escape(str(finding))}[/]")
    if findings:
        raise typer.Exit(1)
    console.print(f"{log.size:,} 条记录、{len(heads.numbers()):,} 个签名头：全部相符")
    newest = heads.newest()
    console.print(f"根值 {log.size}:{log.root().hex()}", soft_wrap=True)
    if newest is None or newest.head.size < log.size:
        since = newest.head.size if newest else 0
        console.print(f"第 {since:,} 条起还没有签名头覆盖；运行 lookout proof head --publish")


@proof.command()
def entry(
    kind: Annotated[str, typer.Argument(help="种类：batch、withdrawal、run、run_results、deposit、audit …")],
    number: Annotated[str, typer.Argument(help="编号，如批次 000123")],
    as_json: AsJson = False,
) -> None:
    """显示一份材料在日志里的记录，以及到根值的证明。"""
    log = open_log(this_settings().home)
    found = log.find(kind, number)
    if not found:
        raise DataError(f"日志里没有 {kind} {number}；批次与运行可用 lookout proof enter 补进")
    for index in found:
        if as_json:
            console.print_json(json.dumps(_record(log, index), ensure_ascii=False))
        else:
            _print_entry(index, log.entry(index))


@proof.command()
def consistency(
    old: Annotated[int, typer.Argument(help="较早的记录数")],
    new: Annotated[int, typer.Argument(help="较晚的记录数")],
    out: Annotated[Path, typer.Argument(help="写到的文件；核验取证包时用 --consistency 给出")],
) -> None:
    """写出较早的日志是较晚的日志开头的证明。"""
    log = open_log(this_settings().home)
    found = log.consistency(old, new)
    out.write_text(json.dumps({"old": old, "new": new, "path": [step.hex() for step in found.path]}), "utf-8")
    console.print(f"  {old}:{log.root(old).hex()}", soft_wrap=True)
    console.print(f"  {new}:{log.root(new).hex()}", soft_wrap=True)


@proof.command()
def verifier(out: Annotated[Path, typer.Argument(help="写到的文件")]) -> None:
    """写出离线核验程序：一个文件，只需 Python 3.8 或更新版本，可交给法院或鉴定机构保存。"""
    from lookout.proof.bundle import verifier as text
    from lookout.proof.digests import sha256_hex

    content = text().encode()
    out.write_bytes(content)
    console.print(f"{out}：{len(content):,} 字节，SHA-256 {sha256_hex(content)}", soft_wrap=True)


@proof.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def verify(
    context: typer.Context,
    package: Annotated[Path, typer.Argument(help="取证包")],
) -> None:
    """核验取证包；选项与离线核验程序相同：--root、--published、--head、--consistency、--file、--lang、--json。"""
    from lookout.proof.offline.main import main

    raise typer.Exit(main([*context.args, str(package)]))


def _record(log: Log, index: int) -> dict[str, object]:
    inclusion = log.inclusion(index)
    return {
        **json.loads(log.leaf(index)),
        "index": index,
        "size": inclusion.size,
        "root": log.root(inclusion.size).hex(),
        "path": [step.hex() for step in inclusion.path],
    }


def _print_entry(index: int, found: Entry) -> None:
    console.print(
        f"第 {index} 条：{escape(found.kind)} {escape(found.number)}，{found.at:%Y-%m-%d %H:%M:%S}，{escape(found.by)}"
    )
    console.print(f"  SHA-256 {found.sha256}")
    console.print(f"  SM3     {found.sm3}")
