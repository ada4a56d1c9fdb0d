"""The tables of the live database, for both kinds of it."""

from __future__ import annotations

_TABLES = """
CREATE TABLE IF NOT EXISTS event (
  seq {serial},
  source TEXT NOT NULL,
  table_name TEXT NOT NULL,
  event_id TEXT NOT NULL,
  received_at TEXT NOT NULL,             -- Shanghai wall time, ISO
  state TEXT NOT NULL CHECK (state IN ('waiting', 'rated', 'unrated', 'set_aside', 'folded')),
  attempts INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',         -- why unrated or set aside, in Chinese
  digest TEXT NOT NULL,                  -- of the fact, tokens for personal values
  fact TEXT,                             -- JSON of the stored row; NULL once a published run holds it
  vault TEXT,                            -- JSON of [column, token, ciphertext]; NULL likewise
  salt TEXT NOT NULL,                    -- name of the key the ciphertext was sealed with
  is_cut INTEGER NOT NULL DEFAULT 0,     -- 1: belongs to a batch that is being landed
  company_key INTEGER,
  generation BIGINT,                     -- of the overlay in which it first counted
  batch_no INTEGER,
  line INTEGER,
  UNIQUE (source, table_name, event_id)
);
CREATE INDEX IF NOT EXISTS event_waiting ON event (state, attempts, seq);
CREATE INDEX IF NOT EXISTS event_company ON event (company_key);
CREATE TABLE IF NOT EXISTS generation (
  sequence BIGINT PRIMARY KEY,
  run_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS overlay (
  sequence BIGINT NOT NULL REFERENCES generation (sequence) ON DELETE CASCADE,
  name TEXT NOT NULL,
  content {blob} NOT NULL,               -- Arrow stream of the rows of the companies rated
  PRIMARY KEY (sequence, name)
);
CREATE TABLE IF NOT EXISTS last_sequence (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  sequence BIGINT NOT NULL
);
INSERT INTO last_sequence (one, sequence) VALUES (1, 0) ON CONFLICT DO NOTHING;
"""

SQLITE_SCHEMA = _TABLES.format(serial="INTEGER PRIMARY KEY AUTOINCREMENT", blob="BLOB")
POSTGRES_SCHEMA = _TABLES.format(serial="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", blob="BYTEA")
