"""The doctor: does the installation hold together, and what still waits for data or a room."""

from __future__ import annotations

from pathlib import Path

from lookout.hub.facts import Facts
from lookout.hub.landing import list_batches
from lookout.hub.snapshots import current_run_id, list_runs
from lookout.pipeline.evaluation import shipped

ROOM_NAMES = {"text": "文本", "graph": "图谱", "flows": "资金流", "desk": "业务台"}


def diagnose(home: Path) -> list[str]:
    """Return the findings in Chinese sentences; the catalogues are validated by loading them."""
    catalogues = shipped()
    lines = [
        f"表合约 {len(catalogues.contracts)} 张、集市 {len(catalogues.marts)} 个：有效",
        *_labels(),
        *_indicators(),
        *_data(home),
    ]
    return lines


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


def _data(home: Path) -> list[str]:
    batches = list_batches(home)
    if not batches:
        return [f"数据目录 {home}：还没有任何批次；请运行 lookout ingest"]
    facts = Facts.read(home)
    unfolded = len({batch.batch_no for batch in batches} - set(facts.batches))
    rejected = sum(batch.rejected for batch in batches)
    lines = [f"数据目录 {home}：{len(batches)} 个批次，{unfolded} 个尚未归并，退回 {rejected:,} 行"]
    missing = [
        file for file in (*facts.tables.values(), facts.register) if file and not (home / file).exists()
    ]
    lines += [f"  缺少文件 {file}；请从备份恢复，或删除 {home / 'facts'} 后重新运行" for file in missing]
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
