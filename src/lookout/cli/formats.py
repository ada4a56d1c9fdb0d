"""Check files against the published formats."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lookout.cli.menu import app
from lookout.cli.terminal import console
from lookout.kernel.errors import DataError

MOST_SHOWN = 200


@app.command()
def validate(
    kind: Annotated[str, typer.Argument(help="格式：clue、warning、rating、filing、index")],
    file: Annotated[Path, typer.Argument(help="JSON 或 NDJSON 文件；- 为标准输入")],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取")] = False,
) -> None:
    """按公布的数据格式（JSON Schema）核对文件，逐行列出全部问题；有问题时退出码为 1。"""
    from lookout.web.api.formats import FORMATS, check_text

    if kind not in FORMATS:
        raise DataError(f"没有“{kind}”这种格式；可用 {'、'.join(FORMATS)}")
    count, problems = check_text(kind, _text_of(file))
    if as_json:
        found = [{"line": one.line, "place": one.place, "what": one.what} for one in problems]
        content = {"kind": kind, "records": count, "problems": found}
        console.print(json.dumps(content, ensure_ascii=False, indent=1), markup=False, soft_wrap=True)
    else:
        for one in problems[:MOST_SHOWN]:
            console.print(escape(str(one)), soft_wrap=True)
        if len(problems) > MOST_SHOWN:
            console.print(f"…… 还有 {len(problems) - MOST_SHOWN:,} 处；用 --json 看全部")
        said = f"共 {len(problems):,} 处问题" if problems else "全部合格"
        console.print(f"{FORMATS[kind][1]}：{count:,} 条记录，{said}")
    if problems:
        raise typer.Exit(1)


def _text_of(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"读不到 {file}；请给出 UTF-8 的 JSON 或 NDJSON 文件") from error
