/** The tables of the outbox: messages, attempts to send them, the place in the log of alerts, the breakers. See `outbox.ts`. */

/** What the page counts every few seconds, without reading the messages. */
export const outboxCountsSchema = 'CREATE INDEX outbox_counts ON outbox (destination, state, held)'

export const outboxSchema = `
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    destination TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('alert', 'digest', 'test', 'report')),
    severity TEXT NOT NULL,
    subject TEXT NOT NULL,
    alert TEXT NOT NULL,
    template TEXT NOT NULL,
    content TEXT NOT NULL CHECK (json_valid(content)),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'gathered', 'dead', 'dropped')),
    held TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    again INTEGER NOT NULL DEFAULT 0,
    next INTEGER NOT NULL,
    created INTEGER NOT NULL,
    tried INTEGER,
    done INTEGER,
    reason TEXT NOT NULL DEFAULT '',
    digest INTEGER
  ) STRICT;
  CREATE INDEX outbox_waiting ON outbox (destination, next) WHERE state = 'waiting';
  CREATE INDEX outbox_sending ON outbox (id) WHERE state = 'sending';
  CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
  CREATE INDEX outbox_alert ON outbox (alert, destination) WHERE alert <> '';
  CREATE INDEX outbox_done ON outbox (done) WHERE done IS NOT NULL;
  CREATE TABLE notify_attempts (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL,
    destination TEXT NOT NULL,
    number INTEGER NOT NULL,
    started INTEGER NOT NULL,
    took INTEGER,
    result TEXT NOT NULL CHECK (result IN ('started', 'sent', 'transient', 'permanent', 'unknown')),
    detail TEXT NOT NULL DEFAULT ''
  ) STRICT;
  CREATE INDEX notify_attempts_by_message ON notify_attempts (message);
  CREATE INDEX notify_attempts_by_time ON notify_attempts (destination, started);
  -- Up to which change of an alert notifications were decided: moved in the transaction that adds their rows.
  CREATE TABLE notify_cursor (only INTEGER PRIMARY KEY CHECK (only = 1), change INTEGER NOT NULL) STRICT;
  INSERT INTO notify_cursor VALUES (1, 0);
  CREATE TABLE notify_breakers (
    destination TEXT PRIMARY KEY,
    breaker TEXT NOT NULL CHECK (json_valid(breaker))
  ) STRICT, WITHOUT ROWID;`
