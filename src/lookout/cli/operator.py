"""For whoever keeps the installation alive: doctor, backup, restore, upgrade, refold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lookout.cli.menu import app
from lookout.cli.terminal import TerminalProgress, console, now, this_settings
from lookout.config import load_settings
from lookout.hub.reading import cell_text

KeysFolder = Annotated[Path | None, typer.Option("--keys", help="密钥部分所在的文件夹；不给则在备份旁边")]


@app.command()
def doctor(
    deep: Annotated[
        bool, typer.Option("--deep", help="逐个文件核对摘要，查出任何损坏；要把数据读一遍")
    ] = False,
) -> None:
    """检查设置、目录与数据；有需要处理的问题时退出码为 1。"""
    from lookout.pipeline import diagnose
    from lookout.pipeline.doctor import Finding
    from lookout.proof.notary import Standing, standing
    from lookout.proof.places import authority_folder

    settings = load_settings()
    findings: list[Finding | Standing] = [
        *diagnose(settings.home, now=now(), deep=deep, database=settings.database),
        *standing(authority_folder(settings.home), now=now(), demo=settings.demo, **settings.proof_options),
    ]
    for finding in findings:
        text = escape(finding.text)
        console.print(f"[red]问题：{text}[/]" if finding.is_fault else text)
    if any(finding.is_fault for finding in findings):
        raise typer.Exit(1)


@app.command()
def backup(
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="备份文件夹，应在另一块磁盘上")],
    keys: KeysFolder = None,
) -> None:
    """备份数据与业务库；运行、入库、网页都不必停。密钥单独存放。"""
    from lookout.pipeline.backup import backup as make_backup

    settings = this_settings()
    with TerminalProgress() as progress:
        report = make_backup(
            settings.home,
            destination,
            keys=keys,
            database=settings.database,
            made_at=now(),
            progress=progress.steps("备份"),
        )
    console.print(
        f"已备份到 {report.folder}：{len(report.record.files):,} 个文件，共 {report.total_bytes / 2**20:,.1f} MiB；"
        f"其中新写入 {report.copied_files:,} 个、{report.copied_bytes / 2**20:,.1f} MiB，其余与上次备份共用"
    )
    console.print(
        f"[bold]密钥部分在 {report.keys}：它是秘密，能解开全部个人信息；请移到另一处加密保管，不要与数据放在一起[/]"
    )
    if settings.given_personal_key is not None:
        console.print(
            "由环境或文件给出的 LOOKOUT_PERSONAL_KEY 不在备份里，请另行保管；没有它，个人信息无法还原"
        )


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="一份备份，或放备份的文件夹（取最新的一份）")],
    keys: KeysFolder = None,
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="不恢复密钥：个人信息将无法还原")
    ] = False,
) -> None:
    """从备份恢复到空的数据目录；先核对每个文件的摘要。"""
    from lookout.pipeline.restore import restore as bring_back

    settings = this_settings()
    with TerminalProgress() as progress:
        report = bring_back(
            source,
            settings.home,
            keys=keys,
            without_keys=without_keys,
            database=settings.database,
            progress=progress.steps("恢复"),
        )
    console.print(
        f"已从 {report.source} 恢复到 {settings.home}：{len(report.record.files):,} 个文件，"
        f"备份于 {cell_text(report.record.made_at)}，当前运行 {report.record.run_id or '无'}"
    )
    if not report.has_keys:
        console.print("没有恢复密钥：评级与证据完整，个人信息无法还原")


@app.command()
def upgrade() -> None:
    """安装新版本后运行一次：升级数据布局和业务库；可以重复运行。"""
    from lookout.pipeline.upgrade import upgrade as upgrade_data
    from lookout.web.manage import prepare

    settings = this_settings()
    for line in upgrade_data(settings.home):
        console.print(line)
    prepare(demo=settings.demo)
    console.print("数据布局和业务库都是当前版本")


@app.command()
def refold() -> None:
    """从批次重建归并后的事实（facts）：用于文件损坏或丢失之后，结果逐字节相同。"""
    from lookout.pipeline import refold as refold_all

    settings = this_settings()
    with TerminalProgress() as progress:
        mended = refold_all(
            settings.home,
            memory_limit=settings.memory_limit,
            spill=settings.spill_folder,
            progress=progress,
        )
    for name in mended:
        console.print(f"  已重建 {name}")
    console.print(f"共重建 {len(mended)} 个文件" if mended else "所有文件都完好，没有改动")
