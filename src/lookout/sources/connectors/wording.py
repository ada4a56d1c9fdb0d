"""A draft as the text of a mapping file, with confidence and reason beside each column."""

from __future__ import annotations

import json

import yaml

from lookout.sources.connectors.drafting import Draft, details


def _quoted(text: str) -> str:
    """A text as YAML writes it on one line; what breaks a line there is more than JSON knows."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in written)


def _remark(text: str) -> str:
    """A text within a comment: a header with a line break must not end it, nor a control character spoil the file."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _entry(entry: dict[str, object]) -> str:
    if set(entry) == {"from"}:
        return _quoted(str(entry["from"]))
    inner = ", ".join(f"{key}: {_quoted(str(value))}" for key, value in entry.items())
    return f"{{{inner}}}"


def mapping_text(draft: Draft, file: str) -> str:
    """Return a mapping file ready to edit. What is not sure stands in comments, never as an entry."""
    table = draft.table
    lines = [
        f"# 由“{_remark(file)}”的表头起草，供核对修改；左边是合约列，右边是来源表头。",
        f"# 表：{table.name}（{table.zh}），吻合度 {draft.agreement:.0%}。",
    ]
    if draft.others:
        listed = "、".join(f"{name}（{share:.0%}）" for name, share in draft.others)
        lines.append(f"# 其他可能的表：{listed}；不对时用 --table 指明后重新起草。")
    lines += [f"table: {table.name}", "encoding: auto"]
    lines += _form_lines(draft)
    lines.append("columns:" if draft.sure else "columns: {}")
    for match in sorted(draft.sure, key=lambda one: list(table.columns).index(one.column)):
        entry, remarks = details(match, table, draft.values[match.header])
        said = "；".join([f"{match.confidence:.0%} {match.why}", *remarks])
        lines.append(f"  {match.column}: {_entry(entry)}  # {_remark(said)}")
    lines += _open_questions(draft)
    text = "\n".join(lines) + "\n"
    yaml.safe_load(text)  # a header full of odd characters must not make a file that nobody can load
    return text


def _form_lines(draft: Draft) -> list[str]:
    """Say where the header stands, and what is no data."""
    form, lines = draft.form, []
    if form.sheet is not None:
        lines.append(
            f"sheet: {_quoted(str(form.sheet))}  # 工作簿里不止一个工作表；名称逐月不同时改写次序，如 sheet: 1"
        )
    if form.header_row > 1:
        lines.append(f"header_row: {form.header_row}  # 前 {form.header_row - 1} 行是标题")
    if form.header_rows > 1:
        lines.append(f"header_rows: {form.header_rows}  # 表头占 {form.header_rows} 行")
    if form.not_data:
        listed = ", ".join(map(_quoted, form.not_data))
        lines.append(f"not_data: [{listed}]  # 以这些词开头的行不是数据，不入库也不退回")
    if draft.merged_lines:
        seen = "、".join(map(str, draft.merged_lines[:3]))
        lines.append(
            f"# merged_cells: repeat  # 数据行里有合并单元格（如第 {seen} 行）；"
            "竖着合并、各行同值时去掉行首的 #，否则这些行会退回"
        )
    return lines


def _open_questions(draft: Draft) -> list[str]:
    table, lines = draft.table, []
    if draft.doubtful:
        lines.append("# 拿不准，没有采用；确认后去掉行首的 #：")
        for match in draft.doubtful:
            lines.append(
                f"#  {match.column}: {_quoted(match.header)}  # {match.confidence:.0%} {_remark(match.why)}"
            )
    if draft.missing:
        lines.append("# 必填而没有找到的列，补上来源表头，或写 {constant: …}：")
        lines += [f"#  {name}: …  # {table.columns[name].zh}" for name in draft.missing]
    named = {match.header for match in draft.doubtful}
    rest = [header for header in draft.unread if header not in named]
    if rest:
        lines.append(f"# 没有对应列、不会读取的表头：{_remark('、'.join(rest))}")
    return lines
