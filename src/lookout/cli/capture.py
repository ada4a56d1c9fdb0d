"""Keep a page of the web as it is, from the terminal: sealed on the desk, or as files only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lookout.cli.menu import app
from lookout.cli.terminal import console, now, this_settings
from lookout.kernel.errors import DataError


@app.command()
def capture(
    url: Annotated[str, typer.Argument(help="网址，从浏览器地址栏完整复制")],
    by: Annotated[str, typer.Option(help="以谁的名义存证：业务台的用户名")] = "",
    clue: Annotated[str, typer.Option(help="存到哪条线索：线索编号")] = "",
    to: Annotated[Path | None, typer.Option(help="同时把取证文件写到这个文件夹")] = None,
) -> None:
    """网页取证：截图、全部回应（WARC）、头部、证书链和地址，取完立即存证。"""
    settings = this_settings()
    from lookout.web.manage import prepare

    prepare(demo=settings.demo)
    from lookout.web.evidence import captures
    from lookout.web.evidence.terminal import sealer_of

    person = sealer_of(by, clue)
    pieces = captures.take(url, asked_by=by or "system", clock=now)
    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
        for piece in pieces:
            if (to / piece.name).exists():
                raise DataError(f"{to / piece.name} 已经存在，没有覆盖；请换一个空文件夹")
        for piece in pieces:
            (to / piece.name).write_bytes(piece.content)
    deposit = captures.seal_pieces(
        pieces,
        by=person,
        name=f"{captures.pieces_title(pieces)} {url}".strip(),
        about=("clue", clue) if clue else None,
        now=now(),
    )
    for problem in captures.problems_of(pieces):
        console.print(f"[yellow]注意：[/]{escape(problem)}")
    console.print(f"已存证 {deposit.number}")
    console.print(f"SHA-256 {deposit.sha256}\nSM3     {deposit.sm3}", highlight=False)
