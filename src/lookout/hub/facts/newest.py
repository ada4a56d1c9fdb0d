"""The SQL of one table as seen: whose each row is, and which version of a fact is the newest."""

from __future__ import annotations

from collections.abc import Collection

from lookout.contracts import PROVENANCE, Table
from lookout.hub.facts.moves import CONFLICTED, Moves
from lookout.hub.facts.visible import Visible
from lookout.hub.store import Store

_NEWEST_FIRST = "f.known_at DESC, f.batch_no DESC, f.line DESC"
_POINTED = "lookup AS l ON l.scheme = f.subject_scheme AND l.identifier = f.subject_value"


def view_columns(table: Table) -> dict[str, str]:
    """Return the columns of a table's view with their store types."""
    return {
        **table.store_columns,
        "company_key": "INTEGER",
        "known_at": "TIMESTAMP",
        "batch_no": "INTEGER",
        "line": "INTEGER",
    }


def view_parts(
    table: Table,
    visible: Visible,
    found: Moves,
    *,
    is_contested: bool,
    named: Collection[str] | None = None,
) -> list[str]:
    """Return the queries whose union is the view; the first only filters the file, the others compare.

    `named`: the table's own columns to show, None for all. `is_contested`: although the key names the
    subject, the company of some rows shows only when they are resolved; the store has their keys in
    `contested_<table>`.
    """
    kept = set(view_columns(table)) if named is None else {*named, *PROVENANCE, table.occurred_on}
    shown = ", ".join(
        f'f."{column}"' for column in view_columns(table) if column in kept and column != "company_key"
    )
    single = _single(table, visible)
    if is_contested:
        single += f" AND NOT {_in_contest(table)}"
    parts = [_by_code(table, visible, single + found.no_conflict_near(table), found)]
    if table.name in found.conflicting:
        parts.append(_by_code(table, visible, single + found.no_conflict(table, near=True), found))
    if _has_subject(table):
        parts.append(_newest_of_subject(table, visible, found, is_contested))
    else:
        parts += [*_moved(table, visible, single, found), _newest(table, visible, found)]
    return [f"SELECT {shown}, f.owner AS company_key FROM ({part}) AS f" for part in parts]


def contest(store: Store, table: Table, visible: Visible, found: Moves) -> bool:
    """Make `contested_<table>` where the key names the subject and some rows are resolved otherwise.

    A row sent under a name may be a version of one sent with the code, which only shows once the name
    is resolved; so may two rows of companies that have become one.
    """
    if not _has_subject(table):
        return False
    facts = f'"facts_{table.name}"'
    named = f"SELECT 1 AS n FROM {facts} WHERE company_key IS NULL LIMIT 1"
    if not found.relation(table) and not store.query(named).num_rows:
        return False
    keys = "".join(f', f."{column}"' for column in _other_keys(table))
    moved = " UNION ALL ".join(_moved(table, visible, visible.may_be_version("f"), found))
    store.table(f"contested_{table.name}", f"SELECT DISTINCT f.owner{keys} FROM ({moved}) AS f")
    return True


def _has_subject(table: Table) -> bool:
    return "subject_value" in table.version_key


def _other_keys(table: Table) -> list[str]:
    return [column for column in table.version_key if not column.startswith("subject_")]


def _single(table: Table, visible: Visible) -> str:
    """Return the condition of rows without other versions that are seen."""
    happened = visible.happened(f'f."{table.occurred_on}"')
    return f"{visible.condition('f')} AND NOT f.is_versioned{happened}"


def _by_code(table: Table, visible: Visible, condition: str, found: Moves) -> str:
    """Return the query of rows that stand with the company their file gives.

    The key is compared as it is written, so that a file clustered by it is read in one place only.
    """
    relation = found.relation(table)
    stays = f" AND NOT EXISTS (SELECT 1 FROM {relation} AS m WHERE m.company_key = f.company_key)"
    return (
        f'SELECT f.*, f.company_key AS owner FROM "facts_{table.name}" AS f '
        f"WHERE f.company_key IS NOT NULL AND {condition}{visible.of('f.company_key')}{stays if relation else ''}"
    )


def _moved(table: Table, visible: Visible, condition: str, found: Moves) -> list[str]:
    """Return the queries of rows that stand with a company their file does not give."""
    facts, relation = f'"facts_{table.name}" AS f', found.relation(table)
    if not relation:
        pointed = f"SELECT f.*, l.company_key AS owner FROM {facts} JOIN {_POINTED}"
        return [f"{pointed} WHERE f.company_key IS NULL AND {condition}{visible.of('l.company_key')}"]
    owner = "coalesce(m.into_key, l.company_key)"
    pointed = f"SELECT f.*, {owner} AS owner FROM {facts} JOIN {_POINTED} LEFT JOIN {relation} AS m"
    passed = (
        f"SELECT f.*, m.into_key AS owner FROM {facts} JOIN {relation} AS m ON m.company_key = f.company_key"
    )
    return [
        f"{pointed} ON m.company_key = l.company_key "
        f"WHERE f.company_key IS NULL AND {condition}{visible.of(owner)}",
        f"{passed} WHERE {condition}{visible.of('m.into_key')}{found.no_conflict(table)}",
    ]


def _in_contest(table: Table) -> str:
    same = "".join(f' AND c."{column}" IS NOT DISTINCT FROM f."{column}"' for column in _other_keys(table))
    return f'EXISTS (SELECT 1 FROM "contested_{table.name}" AS c WHERE c.owner = f.company_key{same})'


def _newest_of_subject(table: Table, visible: Visible, found: Moves, is_contested: bool) -> str:
    """Newest versions where the key names the subject: rows are resolved first, then compared."""
    may_be = visible.may_be_version("f")
    several = f"(f.is_versioned OR {_in_contest(table)})" if is_contested else "f.is_versioned"
    candidates = [_by_code(table, visible, f"{may_be} AND {several}{found.no_conflict(table)}", found)]
    if is_contested:
        candidates += _moved(table, visible, may_be, found)
    key = ", ".join(["f.owner", *(f'f."{column}"' for column in _other_keys(table))])
    return _first_of(" UNION ALL ".join(candidates), key, table, visible)


def _newest(table: Table, visible: Visible, found: Moves) -> str:
    """Newest versions where the key does not name the subject: compared first, then resolved.

    A correction may add the code an earlier version lacked, or carry another subject.
    """
    key = ", ".join(f'f."{column}"' for column in table.version_key)
    newest = _first_of(_versions(table, visible), key, table, visible)
    relation, owner = found.relation(table), "coalesce(f.company_key, l.company_key)"
    joined = f"({newest}) AS f LEFT JOIN {_POINTED}"
    if relation:
        joined += f" LEFT JOIN {relation} AS m ON m.company_key = {owner}"
        owner = "coalesce(m.into_key, f.company_key, l.company_key)"
    return (
        f"SELECT f.*, {owner} AS owner FROM {joined} "
        f"WHERE {owner} IS NOT NULL{visible.of(owner)}{found.no_conflict(table)}"
    )


def _versions(table: Table, visible: Visible) -> str:
    return f'SELECT f.* FROM "facts_{table.name}" AS f WHERE {visible.may_be_version("f")} AND f.is_versioned'


def _first_of(candidates: str, key: str, table: Table, visible: Visible) -> str:
    """Return the newest of the candidates under each key.

    A window's PARTITION BY takes NULLs in a key as equal, which a join would not.
    """
    windows = f"row_number() OVER (PARTITION BY {key} ORDER BY {_NEWEST_FIRST}) AS age"
    seen = ""
    if visible.corrected_by is not None:
        # A later correction counts only where an earlier version was seen already.
        is_seen = f"CASE WHEN {visible.condition('f')} THEN 1 ELSE 0 END"
        windows += f", max({is_seen}) OVER (PARTITION BY {key}) AS was_seen"
        seen = " AND f.was_seen = 1"
    happened = visible.happened(f'f."{table.occurred_on}"')
    return f"SELECT f.* FROM (SELECT f.*, {windows} FROM ({candidates}) AS f) AS f WHERE f.age = 1{seen}{happened}"


def conflict_sql(table: Table, visible: Visible) -> str:
    """Return the query of the rows in conflict that are seen: table, scheme, value, is_versioned."""
    happened = visible.happened(f'f."{table.occurred_on}"')
    return (
        f"SELECT '{table.name}' AS \"table\", f.subject_scheme AS scheme, f.subject_value AS value, f.is_versioned "
        f'FROM "facts_{table.name}" AS f JOIN {CONFLICTED} AS x ON x.batch_no = f.batch_no AND x.line = f.line '
        f"WHERE x.table_name = '{table.name}' AND {Moves.near_conflict(table)} "
        f"AND {visible.condition('f')}{happened}"
    )


def pointed_sql(table: Table, visible: Visible, *, is_named: bool, is_conflicting: bool) -> str:
    """Return the query of subjects whose newest rows carry no usable code: scheme, value, table, rows.

    `is_named`: rows came without a code. `is_conflicting`: rows with several versions are in conflict
    (for those with one see `conflict_sql`).
    """
    facts, none = f'"facts_{table.name}" AS f', "f.company_key IS NULL"
    taken = dict.fromkeys(["subject_scheme", "subject_value", "company_key", "known_at", "batch_no", "line"])
    taken |= dict.fromkeys([*table.version_key, table.occurred_on])
    shown = ", ".join(f'f."{column}"' for column in taken)
    key = ", ".join(f'f."{column}"' for column in table.version_key)
    versions = f"SELECT {shown} FROM {facts} WHERE {visible.may_be_version('f')} AND f.is_versioned"
    candidates, rows, no_code = [], [], []
    if is_named:
        rows.append(
            f"SELECT f.subject_scheme, f.subject_value FROM {facts} WHERE {none} AND {_single(table, visible)}"
        )
        candidates.append(f"{versions} AND {none}")
        no_code.append(none)
    if is_conflicting:
        candidates.append(f"{versions} AND {Moves.near_conflict(table)}")
        no_code.append(Moves.in_conflict(table))
    if not _has_subject(table):  # else all versions of a fact are of one subject, and most can be passed over
        candidates = [versions]
    newest = _first_of(" UNION ALL ".join(candidates), key, table, visible)
    rows.append(f"SELECT f.subject_scheme, f.subject_value FROM ({newest}) AS f WHERE {' OR '.join(no_code)}")
    return (
        f"SELECT f.subject_scheme AS scheme, f.subject_value AS value, '{table.name}' AS \"table\", count(*) AS rows "
        f"FROM ({' UNION ALL '.join(rows)}) AS f GROUP BY f.subject_scheme, f.subject_value"
    )
