"""The stewards' work in the terminal: the queue, a case, a judgement, its undoing."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from lookout.cli.menu import app
from lookout.cli.terminal import console, now, this_settings
from lookout.hub.reading import Reader
from lookout.hub.reading.queue import QueueCase
from lookout.kernel.errors import DataError
from lookout.kernel.identifiers import Scheme, clean_code, is_uscc

KINDS = {"name": "名称指谁", "conflict": "代码与名称不符", "twin": "两个代码"}
VERBS = {
    "link": "是同一家", "separate": "不是同一家", "merge": "两个代码是同一家", "split": "两个代码不是同一家", "undo": "撤销",
}  # fmt: skip


@app.command()
def queue(
    case: Annotated[str, typer.Option(help="案例编号：显示两边的依据")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 30,
) -> None:
    """列出系统认不准、等人判断的主体，影响记录最多的在前。"""
    reader = Reader(this_settings().home)
    if case:
        found = reader.steward_case(case)
        if found is None:
            raise DataError(f"没有编号为“{case}”的案例，或它已经判断过；用 lookout queue 查看")
        _print_case(found)
        return
    rows = reader.steward_queue()
    table = RichTable(box=None, header_style="bold")
    for title in ("编号", "种类", "名称", "可能是", "代码", "分数", "记录", "候选"):
        table.add_column(
            title, justify="right" if title in {"分数", "记录", "候选"} else "left", overflow="fold"
        )
    for row in rows[:limit]:
        shown = (KINDS[row.kind], escape(row.left_name), escape(row.right_name), row.right[1])
        table.add_row(row.number, *shown, str(row.score), f"{row.rows:,}", str(row.candidates))
    console.print(table)
    console.print(
        f"共 {len(rows):,} 例，显示 {min(limit, len(rows)):,} 例；用 lookout queue --case 编号 查看依据"
    )


def _print_case(case: QueueCase) -> None:
    row = case.row
    console.print(f"[bold]{escape(row.left_name)}[/] 与 [bold]{escape(row.right_name)}[/]（{row.right[1]}）")
    console.print(f"{KINDS[row.kind]}，{row.rows:,} 条记录等待判断")
    table = RichTable(box=None, header_style="bold")
    for title in ("加分", "部分", "左方", "右方", "为什么"):
        table.add_column(title, justify="right" if title == "加分" else "left")
    for part in case.explained.parts:
        table.add_row(
            f"{part.points:+d}", part.name, escape(part.left), escape(part.right), escape(part.sentence)
        )
    table.add_row(f"[bold]{case.explained.score}[/]", "合计", "", "", "")
    console.print(table)
    for side, facts in (("左方", case.left_facts), ("右方", case.right_facts)):
        for fact in facts:
            console.print(f"  {side} {fact.table} {fact.rows:,} 条，最近 {fact.newest_on or '—'}")


@app.command()
def judge(
    verb: Annotated[str, typer.Argument(help="link、separate（名称与企业）或 merge、split（两个代码）")],
    left: Annotated[str, typer.Argument(help="名称，或左方代码")],
    right: Annotated[str, typer.Argument(help="企业的统一社会信用代码，或 opaque:来源=编号")],
    reason: Annotated[str, typer.Option(help="理由")] = "",
    by: Annotated[str, typer.Option(help="判断人；不给则为本机用户名")] = "",
) -> None:
    """判断两个主体是不是同一家；下一次运行生效，可以撤销。"""
    from lookout.pipeline.linking import judge as land_judgement

    settings = this_settings()
    about_name = verb in {"link", "separate"}
    number = land_judgement(
        settings.home,
        verb,
        (Scheme.NAME.value, left) if about_name else _code(left),
        _code(right),
        by=by or getpass.getuser(),
        reason=reason,
        at=now(),
        personal_key=settings.personal_key,
    )
    console.print(
        f"已记下判断 {number}：{VERBS.get(verb, verb)}；下一次运行起生效，可用 lookout undo {number} 撤销"
    )


@app.command()
def undo(
    judgement_no: Annotated[str, typer.Argument(help="判断编号")],
    reason: Annotated[str, typer.Option(help="理由")] = "",
    by: Annotated[str, typer.Option(help="判断人；不给则为本机用户名")] = "",
) -> None:
    """撤销一次判断；原判断留在记录里。"""
    from lookout.pipeline.linking import undo as land_undoing

    settings = this_settings()
    number = land_undoing(
        settings.home,
        judgement_no,
        by=by or getpass.getuser(),
        reason=reason,
        at=now(),
        personal_key=settings.personal_key,
    )
    console.print(f"已撤销 {judgement_no}（{number}）；下一次运行起生效")


@app.command()
def judgements(limit: Annotated[int, typer.Option(min=1, max=10_000)] = 30) -> None:
    """列出人的判断：谁、何时、凭什么，是否仍然有效。"""
    rows = Reader(this_settings().home).judgements()
    table = RichTable(box=None, header_style="bold")
    for title in ("编号", "判断", "左方", "右方", "分数", "判断人", "时间", "有效", "理由"):
        table.add_column(title, overflow="fold")
    for row in rows[:limit]:
        one = row.judgement
        table.add_row(
            one.judgement_no,
            VERBS[one.verb],
            escape(one.left[1]),
            one.right[1],
            "" if one.score is None else str(one.score),
            escape(one.judged_by),
            one.judged_at.isoformat(sep=" "),
            "是" if row.in_force else "否",
            escape(one.reason),
        )
    console.print(table)


def _code(text: str) -> tuple[str, str]:
    scheme, _, identifier = text.partition("=")
    if identifier and scheme.startswith("opaque:"):
        return scheme, identifier
    code = clean_code(text)
    if not is_uscc(code):
        raise DataError(f"“{text}”不是有效的统一社会信用代码")
    return Scheme.USCC.value, code
