/**
 * The schema of the state file, as the ordered steps that led to it. A step, once released, is never changed:
 * a change is a new step at the end. Times are milliseconds since 1970.
 */

import { alertsSchema } from './alert-schema.ts'
import { casesSchema } from './cases.ts'
import { checkpointsSchema } from './checkpoints.ts'
import { dashboardsSchema } from './dashboards.ts'
import { destinationsSchema } from './destinations.ts'
import { detectionsSchema } from './detections.ts'
import { followedSchema } from './followed.ts'
import { gatesSchema } from './gates.ts'
import { heartbeatsSchema } from './heartbeats.ts'
import { ledgerSchema } from './ledger.ts'
import { lookupsSchema } from './lookups.ts'
import { mailSendersSchema } from './mail-senders.ts'
import { outboxCountsSchema, outboxSchema } from './outbox-schema.ts'
import { reportsSchema } from './reports.ts'
import { retroGapSchema, retroSchema } from './retro.ts'
import { rulesSchema } from './rules.ts'
import { savedSearchesSchema } from './saved-searches.ts'
import { sightingsSchema } from './sightings.ts'
import type { Migration } from './state-file.ts'

const identity: Migration = {
  name: 'identity',
  sql: `
    CREATE TABLE users (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 64),
      password_hash TEXT NOT NULL,
      role TEXT NOT NULL CHECK (role IN ('admin', 'analyst', 'viewer')),
      created INTEGER NOT NULL,
      disabled INTEGER
    ) STRICT;

    -- The cookie's value is never stored, only its SHA-256.
    CREATE TABLE sessions (
      id TEXT PRIMARY KEY,
      token_hash BLOB NOT NULL UNIQUE,
      user_id INTEGER NOT NULL REFERENCES users (id),
      created INTEGER NOT NULL,
      last_seen INTEGER NOT NULL,
      expires INTEGER NOT NULL,
      ip TEXT NOT NULL,
      user_agent TEXT NOT NULL,
      revoked INTEGER
    ) STRICT;
    CREATE INDEX sessions_by_user ON sessions (user_id, created);

    -- user_id is NULL for tokens of the installation itself.
    CREATE TABLE api_tokens (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
      token_hash BLOB NOT NULL UNIQUE,
      scopes TEXT NOT NULL,
      user_id INTEGER REFERENCES users (id),
      created INTEGER NOT NULL,
      last_used INTEGER,
      expires INTEGER,
      revoked INTEGER
    ) STRICT;
    CREATE INDEX api_tokens_by_user ON api_tokens (user_id);

    CREATE TABLE audit (
      id INTEGER PRIMARY KEY,
      time INTEGER NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL,
      object TEXT NOT NULL,
      detail TEXT NOT NULL CHECK (json_valid(detail)),
      ip TEXT NOT NULL,
      hash TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
    CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
      BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

    CREATE TABLE settings (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL CHECK (json_valid(value))
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE setup_token (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      token_hash BLOB NOT NULL,
      created INTEGER NOT NULL
    ) STRICT;`
}

export const migrations: readonly Migration[] = [
  identity,
  { name: 'ledger', sql: ledgerSchema },
  {
    name: 'followed files',
    sql: followedSchema
  },
  { name: 'lookup tables', sql: lookupsSchema },
  { name: 'saved searches and settings', sql: savedSearchesSchema },
  { name: 'dashboards', sql: dashboardsSchema },
  { name: 'reports', sql: reportsSchema },
  { name: 'alerts', sql: alertsSchema },
  { name: 'sightings', sql: sightingsSchema },
  { name: 'rules', sql: rulesSchema },
  { name: 'notifications', sql: destinationsSchema + outboxSchema },
  { name: 'cases', sql: casesSchema },
  { name: 'scheduled detections', sql: detectionsSchema },
  { name: 'retro-match', sql: retroSchema },
  { name: 'heartbeats', sql: heartbeatsSchema },
  { name: 'counts of notifications', sql: outboxCountsSchema },
  { name: 'gaps of indicators', sql: retroGapSchema },
  { name: 'checkpoints', sql: checkpointsSchema },
  { name: 'senders of mail', sql: mailSendersSchema },
  { name: 'gatekeepers', sql: gatesSchema }
]
