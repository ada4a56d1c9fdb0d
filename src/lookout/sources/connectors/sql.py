"""A declared SELECT with a watermark column: what is new is copied into a file that is landed like any other."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from lookout.kernel.errors import ConfigError, TransientError
from lookout.kernel.inbox import FAILED, write_whole
from lookout.sources.connectors.folder import file_digest
from lookout.sources.connectors.form import SqlPlace
from lookout.sources.connectors.offers import Cursor, Notes, Offer, Outcome

if TYPE_CHECKING:
    from sqlalchemy import Connection as Session
    from sqlalchemy import Engine

_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql",
            "mariadb": "mysql+pymysql", "sqlite": "sqlite"}  # fmt: skip
_SECONDS = 15
_SIDE = "window.json"


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.hex() if isinstance(value, bytes) else str(value)


def _packed(value: Any) -> list[str]:
    """A watermark as JSON, with its kind, so that it is compared again as what it was."""
    for kind in (datetime, date, int, float, Decimal):  # a datetime is a date too, so it comes first
        if isinstance(value, kind) and not isinstance(value, bool):
            return [kind.__name__, value.isoformat() if isinstance(value, date) else str(value)]
    return ["str", str(value)]


def _unpacked(packed: Sequence[str]) -> Any:
    kind, text = packed
    readers: dict[str, Callable[[str], Any]] = {
        "datetime": datetime.fromisoformat, "date": date.fromisoformat, "int": int, "float": float,
        "Decimal": Decimal, "str": str,
    }  # fmt: skip
    return readers[kind](text)


def _earlier(value: Any, overlap: float) -> Any:
    """Return the watermark from which to read again."""
    if not overlap:
        return value
    if isinstance(value, datetime):
        return value - timedelta(days=overlap)
    if isinstance(value, date):
        return value - timedelta(days=math.ceil(overlap))
    if isinstance(value, str):
        raise ConfigError("水位列是文本时不能用 overlap；请改用日期、时间或数字列，或把 overlap 设为 0")
    return value - type(value)(overlap)


class SqlConnector(Notes):
    """New rows of a database, one file a window; the cursor is the newest watermark taken in.

    Rows with the watermark of the last one taken are read again and told apart by their digests, so
    that rows which share a watermark are neither lost nor doubled.
    """

    def __init__(self, name: str, place: SqlPlace, url: str, staging: Path, most_rows: int) -> None:
        super().__init__()
        self._name = name
        self._place = place
        self._url = url
        self._staging = staging
        self._most_rows = most_rows
        self._failed = staging.parent.parent / name / FAILED

    def offers(self, cursor: Cursor, now: datetime) -> Iterator[Offer]:
        """Yield windows until nothing new is left; a window copied before a crash comes first."""
        while not self.is_stuck:
            window = self._pending(cursor)
            if window is None:
                window = self._extract(cursor, now)
            if window is None:
                return
            path = self._staging / window["file"]
            extracted = datetime.fromisoformat(window["extracted_at"])
            yield Offer(
                window["file"], window["file"], path, extracted, sha256=file_digest(path), mark=window
            )

    def _pending(self, cursor: Cursor) -> dict[str, Any] | None:
        """Return the window that was copied and not yet committed."""
        side = self._staging / _SIDE
        if not side.exists():
            return None
        window: dict[str, Any] = json.loads(side.read_text("utf-8"))
        if window["sequence"] == cursor.get("sequence", 0) + 1:
            return window
        shutil.rmtree(self._staging)  # committed, and stopped before it was cleared
        return None

    def _extract(self, cursor: Cursor, now: datetime) -> dict[str, Any] | None:
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staging.mkdir(parents=True)
        sequence = cursor.get("sequence", 0) + 1
        file = f"{self._name}_{sequence:06d}.parquet"
        with self._session() as session:
            latest = self._probe(session, cursor, now)
            if latest is None:
                return None
            taken = self._copy(session, cursor, latest, self._staging / file)
        if not taken:
            return None
        newest = taken[-1][1]
        floor = _earlier(newest, self._place.overlap)
        old = [(digest, _unpacked(mark)) for digest, mark in cursor.get("seen", [])]
        seen = [[digest, _packed(mark)] for digest, mark in [*old, *taken] if mark >= floor]
        window = {
            "sequence": sequence, "file": file, "watermark": _packed(newest), "seen": seen,
            "extracted_at": now.isoformat(),
        }  # fmt: skip
        write_whole(self._staging / _SIDE, window)
        return window

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """Open a read-only transaction; what a server says is told without the address, which has the password."""
        from sqlalchemy import exc

        try:
            engine = self._engine()
            try:
                with engine.connect() as session:
                    yield session
            finally:
                engine.dispose()
        except (exc.OperationalError, exc.InterfaceError) as error:
            why = str(error.orig).splitlines()[0][:200] if error.orig else type(error).__name__
            raise TransientError(
                f"数据库连接失败或中断（{why}）；已入库的不受影响，稍后从上次的水位继续"
            ) from error
        except exc.DBAPIError as error:
            if error.connection_invalidated:
                raise TransientError("数据库连接中断；已入库的不受影响，稍后从上次的水位继续") from error
            why = str(error.orig).splitlines()[0][:200]
            raise ConfigError(f"数据库不接受这条查询（{why}）；请改正 select 与 watermark") from error
        except exc.SQLAlchemyError as error:
            raise ConfigError(f"数据库地址或驱动不能用（{type(error).__name__}）；请检查地址变量") from error

    def _engine(self) -> Engine:
        try:
            import sqlalchemy
        except ImportError as error:
            raise ConfigError("没有安装数据库连接组件；请安装 lookout[connectors]") from error
        scheme, _, rest = self._url.partition("://")
        driver = _DRIVERS.get(scheme.split("+")[0])
        if driver is None or not rest:
            raise ConfigError("数据库地址应以 postgresql:// 或 mysql:// 开头；请检查地址变量")
        timeout = {} if driver == "sqlite" else {"connect_timeout": _SECONDS}
        options: dict[str, Any] = {"connect_args": timeout, "poolclass": sqlalchemy.NullPool}
        if driver.startswith("postgresql"):
            options["execution_options"] = {"postgresql_readonly": True}
        return sqlalchemy.create_engine(f"{driver}://{rest}", **options)

    def _probe(self, session: Session, cursor: Cursor, now: datetime) -> Any:
        """Return up to which watermark to read, None when there is nothing new.

        A row dated in the future would put all that come after it behind the cursor, so it waits.
        """
        from sqlalchemy import text

        if session.dialect.name == "mysql":
            session.execute(text("SET TRANSACTION READ ONLY"))
        mark, inner = f"q.{self._place.watermark}", self._place.select
        bound: Any = now
        since, values = self._since(cursor)
        query = f"SELECT max({mark}) AS latest, sum(CASE WHEN {mark} IS NULL THEN 1 ELSE 0 END) AS missing FROM ({inner}) AS q"
        latest, missing = session.execute(
            text(query + (f" WHERE {since} OR {mark} IS NULL" if since else "")), values
        ).one()
        if missing:
            self._note(
                f"{int(missing):,} 行的水位列 {self._place.watermark} 为空，永远读不到；请在 select 中给出不为空的列"
            )
        if isinstance(latest, datetime):
            bound = now.astimezone(latest.tzinfo) if latest.tzinfo else now
        elif isinstance(latest, date):
            bound = now.date()
        else:
            return latest
        if latest > bound:
            self._note(f"有行的水位 {latest} 晚于现在，留到那时再读；请核对来源的时钟")
            return bound
        return latest

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _since(self, cursor: Cursor) -> tuple[str, dict[str, Any]]:
        if "watermark" not in cursor:
            return "", {}
        floor = _earlier(_unpacked(cursor["watermark"]), self._place.overlap)
        return f"q.{self._place.watermark} >= :since", {"since": floor}

    def _copy(self, session: Session, cursor: Cursor, latest: Any, path: Path) -> deque[tuple[str, Any]]:
        """Copy unseen rows up to a watermark, at most one file full.

        Returns digest and watermark of the last rows: those that the next window will read again.
        """
        from sqlalchemy import text

        mark = f"q.{self._place.watermark}"
        since, values = self._since(cursor)
        where = f"{mark} <= :latest" + (f" AND {since}" if since else "")
        query = text(f"SELECT * FROM ({self._place.select}) AS q WHERE {where} ORDER BY {mark}")
        options = {"stream_results": True, "max_row_buffer": self._place.chunk_rows}
        rows = session.execute(query, {**values, "latest": latest}, execution_options=options)
        names = list(rows.keys())
        place = [name.lower() for name in names].index(self._place.watermark.lower())
        seen = {digest for digest, _ in cursor.get("seen", [])}
        taken: deque[tuple[str, Any]] = deque()
        count = 0
        schema = pa.schema([(name, pa.string()) for name in names])
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for part in rows.partitions(self._place.chunk_rows):
                kept = []
                for row in part:
                    texts = [_text(value) for value in row]
                    digest = hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:32]
                    if digest in seen:
                        continue
                    if count == self._most_rows:
                        break
                    count += 1
                    kept.append(texts)
                    self._remember(taken, digest, row[place])
                columns = [list(column) for column in zip(*kept, strict=True)] or [[] for _ in names]
                writer.write_table(pa.table([pa.array(c, pa.string()) for c in columns], schema=schema))
                if count == self._most_rows:
                    break
        return taken

    def _remember(self, taken: deque[tuple[str, Any]], digest: str, mark: Any) -> None:
        if taken and mark != taken[-1][1]:
            floor = _earlier(mark, self._place.overlap)
            while taken and taken[0][1] < floor:
                taken.popleft()
        taken.append((digest, mark))

    def settle(self, offer: Offer, outcome: Outcome) -> None:
        """A database is told nothing; the batch is the receipt."""

    def commit(self, cursor: Cursor, offer: Offer, outcome: Outcome) -> None:
        """Move the watermark, unless nothing could be read of the window: it must come again once mended."""
        self.is_stuck = outcome.state == "refused"
        if self.is_stuck:
            return
        cursor |= {name: offer.mark[name] for name in ("sequence", "watermark", "seen")}

    def clear(self, offer: Offer, outcome: Outcome) -> None:
        """Remove the copy, unless a person must look at it."""
        if outcome.state == "refused":
            self._failed.mkdir(parents=True, exist_ok=True)
            offer.path.replace(self._failed / offer.file)
        shutil.rmtree(self._staging, ignore_errors=True)
