"""Between two runs: the worker, sending events, and what became of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.markup import escape
from rich.table import Table as RichTable

from lookout.cli.menu import app
from lookout.cli.terminal import console, now, this_settings
from lookout.config import Settings
from lookout.hub.live import (
    EventState,
    count_by_state,
    has_live,
    open_live,
    retry_set_aside,
    set_aside_events,
)
from lookout.kernel.errors import DataError

STATE_NAMES = {
    EventState.WAITING: "等待评定",
    EventState.RATED: "已评定",
    EventState.UNRATED: "待全量评定处理",
    EventState.SET_ASIDE: "评定失败，已搁置",
    EventState.FOLDED: "已归入批次",
}
_FIELDS = {"source", "table", "event_id", "row"}
log = structlog.get_logger(__name__)


@app.command()
def worker(
    beside: Annotated[int, typer.Option(hidden=True, help="随这个进程一起结束")] = 0,
) -> None:
    """实时评级：取走等待的事件，重评它们涉及的企业，立即可见；Ctrl-C 结束。"""
    from lookout.pipeline.live import Worker
    from lookout.pipeline.live.worker import worker_lock

    settings = this_settings()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def pause(seconds: float) -> bool:
        return stop.wait(seconds) or bool(beside and os.getppid() != beside)

    with worker_lock(settings.home):
        one = Worker(
            settings.home,
            clock=now,
            memory_limit=settings.memory_limit,
            spill=settings.spill_folder,
            live=settings.live_database,
        )
        log.info("live.started", home=str(settings.home))
        try:
            one.run(pause)
        finally:
            one.close()
            log.info("live.stopped")


@contextmanager
def worker_beside() -> Iterator[None]:
    """Let a worker run as a process of its own for as long as this one does what it is doing."""
    command = [sys.executable, "-m", "lookout.cli", "worker", "--beside", str(os.getpid())]
    child = subprocess.Popen(command)  # noqa: S603  our own command
    try:
        yield
    finally:
        child.terminate()
        child.wait()


@app.command()
def send(
    file: Annotated[
        Path, typer.Argument(help="每行一个 JSON 对象：source、table、event_id、row；- 表示标准输入")
    ],
) -> None:
    """逐条送入实时事件；每条立即得到回执。"""
    from lookout.pipeline.live import Event, accept

    settings = this_settings()
    events = [Event(**one) for one in _read(file)]
    receipts = accept(
        settings.home, events, now=now(), personal_key=settings.personal_key, live=settings.live_database
    )
    words = {"accepted": "[green]已接收[/]", "known": "此前已收到", "refused": "[red]退回[/]"}
    for receipt in receipts:
        reasons = f"：{escape('；'.join(receipt.reasons))}" if receipt.reasons else ""
        console.print(f"{escape(receipt.event_id)} {words[receipt.outcome]}{reasons}")
    if any(receipt.outcome == "refused" for receipt in receipts):
        raise typer.Exit(1)


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"读不到 {file}（{error}）；请给出 UTF-8 的 JSON Lines 文件") from error
    found, faults = [], []
    for line, written in enumerate(text.splitlines(), 1):
        if not written.strip():
            continue
        try:
            one = json.loads(written)
        except json.JSONDecodeError as error:
            faults.append(f"第 {line} 行不是有效的 JSON（第 {error.colno} 个字符处）")
            continue
        if not isinstance(one, dict) or set(one) != _FIELDS or not isinstance(one["row"], dict):
            faults.append(f"第 {line} 行应恰好有 source、table、event_id、row 四项，row 是一个对象")
            continue
        found.append({**one, "event_id": str(one["event_id"])})
    if faults:
        raise DataError("；".join(faults))
    return found


@app.command()
def events(
    retry: Annotated[bool, typer.Option("--retry", help="让搁置的事件重新等待评定")] = False,
) -> None:
    """实时事件各在哪一步，搁置的为什么。"""
    settings: Settings = this_settings()
    if not has_live(settings.home, settings.live_database):
        console.print("还没有收到过实时事件；用 lookout send 送入")
        return
    database = open_live(settings.home, settings.live_database)
    if retry:
        console.print(f"{retry_set_aside(database)} 条事件重新等待评定")
    with database.read() as session:
        counts = count_by_state(session)
    console.print("  ".join(f"{name} {counts.get(state, 0):,}" for state, name in STATE_NAMES.items()))
    aside = set_aside_events(database)
    table = RichTable(box=None, header_style="bold")
    for title in ("来源", "表", "编号", "收到时间", "尝试", "原因"):
        table.add_column(title, overflow="fold")
    for one in aside:
        received = one.received_at.isoformat(" ", "seconds")
        cells = (one.source, one.table, one.event_id, received, str(one.attempts), one.note)
        table.add_row(*map(escape, cells))
    if aside:
        console.print(table)
