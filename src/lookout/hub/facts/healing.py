"""What a withdrawn batch was the first to say, and other batches said after it, stays known through them.

The register keeps of each identifier only the sightings that no earlier one makes needless. Once the
batch of an earlier one is withdrawn, the later ones are needed again: they are looked up in the facts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from lookout.contracts import Table
from lookout.hub.facts.files import open_facts
from lookout.hub.facts.manifest import TableFiles
from lookout.hub.resolution import add_pointers, is_pointer
from lookout.hub.store import Store


def heal_register(
    store: Store,
    home: Path,
    tables: Mapping[str, TableFiles],
    contracts: Mapping[str, Table],
    withdrawn: Collection[int],
) -> None:
    """Add to `register` the sightings by other batches of what withdrawn batches were the first to name."""
    gone = ", ".join(str(number) for number in sorted(withdrawn))
    store.table("register_gone", f"SELECT * FROM register WHERE batch_no IN ({gone})")
    if not store.query("SELECT 1 AS n FROM register_gone LIMIT 1").num_rows:
        return
    store.table("register_stands", f"SELECT * FROM register WHERE batch_no NOT IN ({gone})")
    store.table("register", "SELECT * FROM register_stands")
    store.table(
        "codes_gone",
        f"SELECT DISTINCT scheme, identifier, company_key FROM register_gone WHERE NOT {is_pointer('scheme')}",
    )
    for name, files in sorted(tables.items()):
        open_facts(store, "healing", home, files, contracts[name])
        _add_codes(store, gone)
    if "company" in tables:
        open_facts(store, "healing", home, tables["company"], contracts["company"])
        add_pointers(
            store,
            store.query(
                "SELECT company_key, uscc, registration_no, name, former_names, known_at, batch_no FROM healing "
                f"WHERE batch_no NOT IN ({gone}) AND company_key IN (SELECT company_key FROM register_gone) "
                "ORDER BY batch_no, line"
            ),
        )
    store.execute("INSERT INTO register SELECT * FROM register_gone")


def _add_codes(store: Store, gone: str) -> None:
    """Add the sightings in `healing` that no other standing one makes needless."""
    store.table(
        "sightings",
        "SELECT c.scheme, c.identifier, c.company_key, f.known_at, f.batch_no FROM healing AS f "
        "JOIN codes_gone AS c ON c.company_key = f.company_key AND c.scheme = f.subject_scheme "
        f"AND c.identifier = f.subject_value WHERE f.batch_no NOT IN ({gone}) "
        "GROUP BY c.scheme, c.identifier, c.company_key, f.known_at, f.batch_no",
    )
    store.execute(
        """
        INSERT INTO register
        SELECT s.scheme, s.identifier, s.company_key, s.known_at, s.batch_no FROM sightings AS s
        WHERE NOT EXISTS (
            SELECT 1 FROM register AS r WHERE r.scheme = s.scheme AND r.identifier = s.identifier
              AND r.known_at <= s.known_at AND r.batch_no <= s.batch_no)
          AND NOT EXISTS (
            SELECT 1 FROM sightings AS e WHERE e.scheme = s.scheme AND e.identifier = s.identifier
              AND e.known_at <= s.known_at AND e.batch_no < s.batch_no)
        """
    )
