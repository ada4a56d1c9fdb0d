"""The doctor: does the installation hold together, and what still waits for data or a room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lookout.hub.facts import Facts
from lookout.hub.landing import Batch, list_batches
from lookout.hub.reading.connections import connections
from lookout.hub.snapshots import current_run_id, list_runs
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import DataError
from lookout.pipeline.evaluation import shipped
from lookout.pipeline.soundness import deep_faults, quick_faults

ROOM_NAMES = {"text": "文本", "graph": "图谱", "flows": "资金流", "desk": "业务台"}


@dataclass(frozen=True)
class Finding:
    """One sentence of the doctor; a fault is something an operator has to mend."""

    text: str
    is_fault: bool = False


def diagnose(home: Path, *, now: datetime, deep: bool = False, database: str = "") -> list[Finding]:
    """Return the findings; the catalogues are validated by loading them.

    `deep` also compares every file with the digest it had when it was written, and checks the
    databases: it reads everything once. `database` is the desk's address, `now` an instant.
    """
    catalogues = shipped()
    lines = [
        f"表合约 {len(catalogues.contracts)} 张、集市 {len(catalogues.marts)} 个：有效",
        *_labels(),
        *_indicators(),
    ]
    findings = [Finding(line) for line in lines]
    try:
        batches = list_batches(home)
    except DataError as error:
        findings.append(Finding(str(error), is_fault=True))
        batches = []
    faults = [*quick_faults(home), *(deep_faults(home, batches, database) if deep else ())]
    findings += [Finding(line) for line in _data(home, batches)]
    findings += _connections(home, naive_local(now))
    findings += [Finding(fault, is_fault=True) for fault in faults]
    if deep and not faults:
        findings.append(Finding("逐个文件核对过摘要：没有发现损坏"))
    return findings


def _labels() -> list[str]:
    labels = shipped().labels
    active = sum(label.is_active for label in labels.values())
    lines = [f"风险标签 {len(labels)} 个：{active} 个启用，{len(labels) - active} 个在等待"]
    for room, waiting in labels.waiting().items():
        named = "、".join(f"{label.code} {label.zh}" for label in waiting)
        lines.append(f"  等待{ROOM_NAMES[room]}：{named}")
    return lines


def _indicators() -> list[str]:
    indicators = shipped().rating.indicators
    waiting = {code: i.form for code, i in indicators.items() if i.form.waits_for}
    lines = [f"指标 {len(indicators)} 个：{len(indicators) - len(waiting)} 个启用，{len(waiting)} 个在等待"]
    for code, form in waiting.items():
        lines.append(f"  {code} {form.zh} 等待{ROOM_NAMES[form.waits_for or '']}")
    signals = shipped().rating.rules.signals
    for name, signal in signals.items():
        if signal.waits_for:
            lines.append(f"  {name} {signal.zh} 等待{ROOM_NAMES[signal.waits_for]}")
    return lines


def _connections(home: Path, now: datetime) -> list[Finding]:
    found = connections(home, now)
    if not found:
        return []
    troubled = [one for one in found if not one.is_well]
    lines = [Finding(f"来源的连接 {len(found)} 个：{len(found) - len(troubled)} 个正常")]
    for one in troubled:
        silent = f"已 {one.silent_days} 天没有新数据，请联系来源" if one.silent_days is not None else ""
        said = "；".join(filter(None, (one.problem, silent)))
        lines.append(Finding(f"连接 {one.name}：{said}（lookout connect list）", is_fault=True))
    return lines


def _data(home: Path, batches: list[Batch]) -> list[str]:
    if not batches:
        return [f"数据目录 {home}：还没有任何批次；请运行 lookout ingest"]
    try:
        folded = set(Facts.read(home).batches)
    except (ValueError, KeyError, TypeError):  # told as a fault
        folded = set()
    unfolded = len({batch.batch_no for batch in batches} - folded)
    rejected = sum(batch.rejected for batch in batches)
    lines = [f"数据目录 {home}：{len(batches)} 个批次，{unfolded} 个尚未归并，退回 {rejected:,} 行"]
    delivered = {batch.table for batch in batches}
    silent = [table.zh for name, table in shipped().contracts.items() if name not in delivered]
    if silent:
        lines.append(f"  从未收到的表：{'、'.join(silent)}")
    current = current_run_id(home)
    lines.append(
        f"已发布的运行：{len(list_runs(home))} 次，当前 {current}"
        if current
        else "还没有发布过评定；请运行 lookout run"
    )
    return lines
