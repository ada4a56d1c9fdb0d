"""Connect a source without code: draft a mapping, try a file, keep connections, take in what is due."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from lookout.cli.menu import app
from lookout.cli.terminal import TerminalProgress, console, instant, now, this_settings
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import ConfigError, DataError

if TYPE_CHECKING:
    from lookout.pipeline.connect import Round, Trial

connect = typer.Typer(no_args_is_help=True, help="接入来源：起草映射、试读、定时接收。")
app.add_typer(connect, name="connect")
Name = Annotated[str, typer.Argument(help="连接的名称，如 tax_monthly")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取")]
MOST_UNREAD = 12


@connect.command()
def draft(
    file: Annotated[Path, typer.Argument(help="来源送来的一个样本文件")],
    source: Annotated[str, typer.Option(help="来源名；已登记的来源只在它的表里找")] = "",
    table: Annotated[str, typer.Option(help="表名；不给则由表头推断")] = "",
    out: Annotated[Path | None, typer.Option(help="写到哪里；不给为 <文件名>.mapping.yaml")] = None,
    force: Annotated[bool, typer.Option(help="覆盖已有的映射文件")] = False,
) -> None:
    """由表头和样本值起草映射文件；拿不准的列列出来，不替人猜。"""
    from lookout.contracts import contracts
    from lookout.sources import sources
    from lookout.sources.connectors import draft as draft_mapping
    from lookout.sources.connectors import mapping_text

    tables: dict[str, Any] = dict(contracts())
    if source in sources():
        tables = {name: tables[name] for name in sources()[source].tables}
    if table:
        if table not in contracts():
            raise DataError(f"没有名为“{table}”的表；可用的表见 docs/reference/tables.md")
        tables = {table: contracts()[table]}
    found = draft_mapping(file, tables)
    target = out or Path(f"{file.stem}.mapping.yaml")
    if target.exists() and not force:
        raise DataError(f"{target} 已存在；换一个 --out，或加 --force 覆盖")
    target.write_text(mapping_text(found, file.name), "utf-8")
    console.print(
        f"已起草 {escape(str(target))}：表 {found.table.name}（{found.table.zh}），吻合度 {found.agreement:.0%}"
    )
    for name, share in found.others if not table else ():
        console.print(f"  也可能是 {name}（{share:.0%}）")
    rows = RichTable(box=None, header_style="bold")
    for title in ("合约列", "来源表头", "把握", "理由"):
        rows.add_column(title)
    for match in found.sure:
        zh = found.table.columns[match.column].zh
        rows.add_row(
            f"{match.column} {zh}", escape(match.header), f"{match.confidence:.0%}", escape(match.why)
        )
    console.print(rows)
    for match in found.doubtful:
        zh = found.table.columns[match.column].zh
        console.print(
            f"  [yellow]拿不准[/] {escape(match.header)} → {match.column} {zh}？{escape(match.why)}"
        )
    for name in found.missing:
        console.print(f"  [red]必填而没有找到[/] {name} {found.table.columns[name].zh}")
    if found.unread:
        console.print(f"  不会读取的表头：{escape('、'.join(found.unread[:MOST_UNREAD]))}")
    console.print(f"核对后试读：lookout connect try {file} --mapping {target} --table {found.table.name}")


@connect.command("try")
def try_one(
    file: Annotated[Path, typer.Argument(help="要试读的文件")],
    table: Annotated[str, typer.Option(help="表名")],
    mapping: Annotated[Path | None, typer.Option(help="映射文件")] = None,
    delivered_at: Annotated[str, typer.Option(help="当作何时送达；不给则为现在")] = "",
    as_json: AsJson = False,
) -> None:
    """试读一个文件，什么也不入库：会接收、退回、更正多少，是谁的，为什么。"""
    from lookout.pipeline.connect import try_file

    settings = this_settings()
    trial = try_file(
        settings.home,
        file,
        table=table,
        mapping=mapping,
        delivered_at=naive_local(instant(delivered_at) if delivered_at else now()),
        personal_key=settings.personal_key,
        memory_limit=settings.memory_limit,
    )
    if as_json:
        print_json(trial.as_dict())
        return
    print_trial(trial)


def print_json(content: Any) -> None:
    """Print JSON as it is: no markup, no folding."""
    console.print(
        json.dumps(content, ensure_ascii=False, indent=1, default=str), markup=False, soft_wrap=True
    )


def print_trial(trial: Trial) -> None:
    """Print what landing a file would do."""
    console.print(f"{escape(trial.file)} → {trial.table}（{trial.table_zh}），试读，没有入库")
    rows = RichTable(box=None, show_header=False)
    figures: dict[str, int | None] = {
        "共": trial.rows, "接收": trial.accepted, "退回": trial.rejected, "重复": trial.doubled,
        "其中新增": trial.new, "更正已有": trial.corrected, "与已有相同": trial.unchanged,
        "被文件中后面的行取代": trial.later_line,
    }  # fmt: skip
    for title, count in figures.items():
        rows.add_row(title, f"{count:,} 行")
    subjects = {
        "按代码找到": trial.by_code, "新代码": trial.new_codes, "按名称找到": trial.by_name,
        "名称认不准": trial.ambiguous, "名称不认识": trial.unknown,
    }  # fmt: skip
    for title, count in subjects.items():
        rows.add_row(title, "首次评定之后才能知道" if count is None else f"{count:,} 家")
    console.print(rows)
    if trial.landed_as is not None:
        console.print(
            f"  [yellow]内容已作为第 {trial.landed_as} 批（{escape(trial.landed_file)}）入库，不会重复入库[/]"
        )
    for reason in trial.reasons:
        empty = "（空）" if reason.column else ""
        shown = "；".join(f"第 {line} 行 {value or empty}".rstrip() for line, value in reason.examples)
        where = escape(reason.column or "整行")
        console.print(f"  退回 {reason.cells:,} 处 {where}：{escape(reason.reason)} 例：{escape(shown)}")
    if trial.left_out:
        listed = "、".join(f"第 {line} 行（{word}…）" for line, word in trial.left_out[:MOST_UNREAD])
        console.print(f"  另有 {len(trial.left_out):,} 行按映射不算数据：{escape(listed)}")
    if trial.unread:
        console.print(f"  没有读取的列：{escape('、'.join(trial.unread[:MOST_UNREAD]))}")


@connect.command()
def add(
    name: Name,
    kind: Annotated[str, typer.Option(help="folder 文件夹、sql 数据库、object 对象存储、push 推送")],
    source: Annotated[str, typer.Option(help="来源名")],
    table: Annotated[str, typer.Option(help="表名")],
    mapping: Annotated[Path | None, typer.Option(help="映射文件，会复制一份")] = None,
    covers: Annotated[list[str] | None, typer.Option(help="覆盖地区的区划代码前缀，可多次给出")] = None,
    schedule: Annotated[str, typer.Option(help="always、hourly、daily 06:30 或 monthly 05 06:30")] = "",
    expect_days: Annotated[int, typer.Option(min=0, help="超过多少天没有新数据算沉默；0 为不管")] = 0,
    delivered_at: Annotated[
        str, typer.Option(help="送达时间：arrival、run、stated，或文件名的正则如 _(\\d{8})")
    ] = "",
    path: Annotated[str, typer.Option(help="文件夹的绝对路径，或 s3://桶/前缀")] = "",
    pattern: Annotated[str, typer.Option(help="文件名的通配符")] = "*",
    settle: Annotated[int, typer.Option(min=1, help="文件夹：多少秒不再变化才算写完")] = 30,
    select: Annotated[Path | None, typer.Option(help="数据库：存放 SELECT 语句的文件")] = None,
    watermark: Annotated[str, typer.Option(help="数据库：水位列，只增不减")] = "",
    overlap: Annotated[float, typer.Option(min=0, help="数据库：回读多少（日期为天，数字为差值）")] = 0,
    url_env: Annotated[str, typer.Option(help="数据库：存放地址的环境变量名（或其 _FILE）")] = "",
    endpoint: Annotated[str, typer.Option(help="对象存储：服务地址")] = "",
    key_env: Annotated[str, typer.Option(help="对象存储：访问密钥的环境变量名")] = "",
    secret_env: Annotated[str, typer.Option(help="对象存储：私密密钥的环境变量名")] = "",
    most_mb: Annotated[int, typer.Option(min=1, max=1024, help="推送：一个文件最大多少 MB")] = 512,
    max_files: Annotated[int, typer.Option(min=1, help="一轮最多收多少个文件")] = 100,
    max_rows: Annotated[int, typer.Option(min=1, help="一轮最多收多少行")] = 5_000_000,
    min_free_mb: Annotated[int, typer.Option(min=1, help="磁盘至少留多少 MB")] = 1024,
) -> None:
    """新建一个连接。密钥只写环境变量名，不写在文件里。"""
    import yaml

    from lookout.contracts import contracts
    from lookout.pipeline.connect import add_connection
    from lookout.sources import sources
    from lookout.sources.connectors import parse_connection

    places: dict[str, dict[str, Any]] = {
        "folder": {"path": path, "pattern": pattern, "settle_seconds": settle},
        "sql": {
            "url_variable": url_env, "watermark": watermark, "overlap": overlap,
            "select": _text_of(select) if kind == "sql" else "",
        },
        "object": {
            "uri": path, "pattern": pattern, "endpoint": endpoint, "key_variable": key_env,
            "secret_variable": secret_env,
        },
        "push": {"most_mb": most_mb},
    }  # fmt: skip
    if kind not in places:
        raise DataError(f"没有“{kind}”这种连接；可用 {'、'.join(places)}")
    rule: Any = delivered_at or ("stated" if kind == "push" else "arrival")
    if rule not in ("arrival", "run", "stated"):
        rule = {"rule": "file_name", "pattern": rule}
    settings = this_settings()
    content = {
        "kind": kind,
        "source": source,
        "table": table,
        "mapping": f"{name}.mapping.yaml" if mapping else "",
        "covers": {"regions": covers or []},
        "schedule": schedule or ("always" if kind in ("folder", "push") else "hourly"),
        "expect_every_days": expect_days,
        "delivered_at": rule,
        "limits": {"files": max_files, "rows": max_rows, "free_mb": min_free_mb},
        "added_at": naive_local(now()).replace(microsecond=0).isoformat(),
        kind: places[kind],
    }
    connection = parse_connection(name, yaml.safe_dump(content, allow_unicode=True), contracts(), sources())
    add_connection(settings.home, connection, mapping)
    console.print(f"已建立连接 {name}：{settings.home / 'connections' / f'{name}.yaml'}")
    if kind == "push":
        console.print(f"  给报送方一把钥匙：lookout connect key {name}")
    console.print(f"  现在就跑一轮：lookout connect run {name}")


def _text_of(file: Path | None) -> str:
    if file is None:
        raise DataError("数据库连接须用 --select 给出存放 SELECT 语句的文件")
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"读不到 {file}；请给出 UTF-8 的文本文件") from error


@connect.command("list")
def list_all(as_json: AsJson = False) -> None:
    """列出全部连接：上次成功、下次再试、沉默多久、最近的问题。"""
    from lookout.pipeline.connect import names, read_connection, read_state, silent_days

    home, wall = this_settings().home, naive_local(now())
    found: list[dict[str, Any]] = []
    for name in names(home):
        try:
            connection, state = read_connection(home, name), read_state(home, name)
        except (ConfigError, DataError) as error:
            found.append({"name": name, "problem": str(error)})
            continue
        found.append(
            {
                "name": name, "kind": connection.kind, "source": connection.source, "table": connection.table,
                "schedule": connection.schedule, "success": state.success, "new_data": state.new_data,
                "next_try": state.next_try, "attempts": state.attempts,
                "silent_days": silent_days(connection, state, wall), "problem": state.problem,
            }
        )  # fmt: skip
    if as_json:
        print_json(found)
        return
    rows = RichTable(box=None, header_style="bold")
    for title in ("名称", "方式", "来源", "表", "时间表", "上次成功", "上次新数据", "状况"):
        rows.add_column(title)
    for one in found:
        times = [_moment(one.get(key)) for key in ("success", "new_data")]
        told = [str(one.get(key, "")) for key in ("name", "kind", "source", "table", "schedule")]
        rows.add_row(*told, *times, escape(_condition(one)))
    console.print(rows)
    if not found:
        console.print("还没有连接；用 lookout connect add 建立")


def _moment(value: Any) -> str:
    return value.isoformat(" ", "minutes") if isinstance(value, datetime) else "—"


def _condition(one: dict[str, Any]) -> str:
    said = []
    if one.get("silent_days") is not None:
        said.append(f"已沉默 {one['silent_days']} 天")
    if one["problem"]:
        said.append(one["problem"].splitlines()[0])
    if one.get("next_try"):
        said.append(f"{_moment(one['next_try'])} 再试")
    return "；".join(said) or "正常"


@connect.command()
def run(
    name: Annotated[str, typer.Argument(help="只跑这一个，不管是否到时；不给则跑全部到时的")] = "",
    as_json: AsJson = False,
) -> None:
    """接收到时的连接；由定时器调用，中断后再跑不丢也不重。"""
    from lookout.pipeline.connect import failed, run_due

    settings = this_settings()
    with TerminalProgress() as progress:
        rounds = run_due(
            settings.home, now=now(), personal_key=settings.personal_key, only=name, progress=progress
        )
    if as_json:
        print_json(
            [
                {
                    "name": one.name, "problem": one.problem, "notes": one.notes, "silent_days": one.silent_days,
                    "files": [{"file": file, **outcome.as_dict()} for file, outcome in one.outcomes],
                }
                for one in rounds
            ]
        )  # fmt: skip
    else:
        print_rounds(rounds)
    if failed(rounds):
        raise typer.Exit(1)


def print_rounds(rounds: list[Round]) -> None:
    """Print what each connection took in."""
    if not rounds:
        console.print("没有到时的连接")
    for one in rounds:
        landed = [outcome for _, outcome in one.outcomes if outcome.state == "landed"]
        console.print(
            f"{one.name}：收到 {len(one.outcomes)} 个文件，入库 {len(landed)} 个，接收 {sum(o.accepted for o in landed):,} 行，"
            f"退回 {sum(o.rejected for o in landed):,} 行"
        )
        for _, outcome in one.outcomes:
            colour = "red" if outcome.state == "refused" else "yellow" if outcome.is_stale else "default"
            console.print(f"  [{colour}]{escape(outcome.sentence)}[/]")
        for note in one.notes:
            console.print(f"  [yellow]{escape(note)}[/]")
        if one.problem:
            console.print(f"  [{'red' if one.is_failed else 'yellow'}]{escape(one.problem)}[/]")
        if one.silent_days is not None:
            console.print(f"  [yellow]已沉默 {one.silent_days} 天，请联系来源[/]")


@connect.command()
def remove(name: Name) -> None:
    """删去一个连接和它的钥匙；已入库的批次和来源的文件不动。"""
    from lookout.pipeline.connect import remove_connection

    remove_connection(this_settings().home, name)
    _django()
    from lookout.web.intake.keys import revoke_keys

    revoked = revoke_keys(name)
    console.print(f"已删去连接 {name}" + (f"，作废 {revoked} 把钥匙" if revoked else ""))


@connect.command()
def key(
    name: Name,
    revoke: Annotated[bool, typer.Option(help="先作废原有的钥匙")] = False,
) -> None:
    """给推送的报送方一把钥匙；只显示这一次。"""
    from lookout.pipeline.connect import read_connection

    connection = read_connection(this_settings().home, name)
    if connection.push is None:
        raise ConfigError(f"连接“{name}”不是推送，不需要钥匙")
    _django()
    from lookout.web.intake.keys import make_key, revoke_keys

    if revoke:
        revoke_keys(name)
    made = make_key(name, most_bytes=connection.push.most_mb << 20, per_minute=connection.push.per_minute)
    console.print(made, markup=False, soft_wrap=True)
    console.print("  只显示这一次，请安全地交给报送方；网址是 /intake/" + name + "/")


def _django() -> None:
    """Prepare the desk's database, where keys are kept."""
    from lookout.web.manage import prepare

    prepare(demo=this_settings().demo)
