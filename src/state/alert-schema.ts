/**
 * The tables of alerts. `alert_changes` is the log that the notifier and the live page read on from their own place; `alert_history` is
 * what people see of an alert's life. Levels are stored as numbers (0 informational … 4 critical), so that they sort.
 */

export const alertsSchema = `
  CREATE TABLE alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule_id TEXT NOT NULL,
    rule_version TEXT NOT NULL,
    rule_versions TEXT NOT NULL CHECK (json_valid(rule_versions)),
    rule_kind TEXT NOT NULL,
    title TEXT NOT NULL,
    rule_level INTEGER NOT NULL CHECK (rule_level BETWEEN 0 AND 4),
    tags TEXT NOT NULL CHECK (json_valid(tags)),
    entity TEXT NOT NULL CHECK (json_valid(entity)),
    entity_key TEXT NOT NULL,
    severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),
    severity_why TEXT NOT NULL CHECK (json_valid(severity_why)),
    asset TEXT,
    intel INTEGER,
    severity_set INTEGER,
    severity_by TEXT,
    state TEXT NOT NULL CHECK (state IN ('new', 'acknowledged', 'in_progress', 'closed')),
    resolution TEXT CHECK (resolution IN ('true_positive', 'false_positive', 'benign')),
    reason TEXT NOT NULL DEFAULT '',
    assignee TEXT COLLATE NOCASE,
    count INTEGER NOT NULL,
    first_us INTEGER NOT NULL,
    last_us INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    acknowledged INTEGER,
    closed INTEGER,
    snoozed_until INTEGER,
    case_id INTEGER,
    test INTEGER NOT NULL,
    storm INTEGER NOT NULL,
    entities INTEGER NOT NULL DEFAULT 0,
    summary TEXT NOT NULL,
    samples_first INTEGER NOT NULL DEFAULT 0,
    samples_later INTEGER NOT NULL DEFAULT 0,
    sample_bytes INTEGER NOT NULL DEFAULT 0,
    CHECK ((state = 'closed') = (closed IS NOT NULL))
  ) STRICT;
  CREATE INDEX alerts_same ON alerts (rule_id, entity_key, test, storm);
  CREATE INDEX alerts_rule_created ON alerts (rule_id, created);
  CREATE INDEX alerts_created ON alerts (created);
  CREATE INDEX alerts_state ON alerts (test, state);
  CREATE INDEX alerts_closed ON alerts (closed, test) WHERE closed IS NOT NULL;
  CREATE INDEX alerts_last ON alerts (last_us, id);
  CREATE INDEX alerts_severity ON alerts (severity, last_us, id);
  CREATE INDEX alerts_open ON alerts (severity, last_us, id) WHERE state <> 'closed';
  CREATE INDEX alerts_open_last ON alerts (last_us, id) WHERE state <> 'closed';
  CREATE INDEX alerts_case ON alerts (case_id) WHERE case_id IS NOT NULL;
  CREATE INDEX alerts_snoozed ON alerts (snoozed_until) WHERE snoozed_until IS NOT NULL;
  CREATE INDEX alerts_assignee ON alerts (assignee, state) WHERE assignee IS NOT NULL;

  -- Slots 0 to 19 hold the first events, 20 to 24 the latest.
  CREATE TABLE alert_samples (
    alert INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    slot INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    time_us INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (alert, slot)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE alert_values (
    value TEXT NOT NULL,
    alert INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    field TEXT NOT NULL,
    of_entity INTEGER NOT NULL,
    PRIMARY KEY (value, alert)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alert_values_of ON alert_values (alert);

  -- Values that indicators have hit, by the indicator's level.
  CREATE TABLE alert_intel (
    value TEXT NOT NULL,
    level INTEGER NOT NULL,
    last_us INTEGER NOT NULL,
    PRIMARY KEY (value, level)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alert_intel_last ON alert_intel (last_us);

  -- The entities that a storm stands for.
  CREATE TABLE alert_entities (
    alert INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    entity_key TEXT NOT NULL,
    entity TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_us INTEGER NOT NULL,
    last_us INTEGER NOT NULL,
    PRIMARY KEY (alert, entity_key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE alert_history (
    id INTEGER PRIMARY KEY,
    alert INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail))
  ) STRICT;
  CREATE INDEX alert_history_of ON alert_history (alert, id);

  CREATE TABLE alert_changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    alert INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    about TEXT NOT NULL
  ) STRICT;
  CREATE INDEX alert_changes_of ON alert_changes (alert, kind);
  CREATE INDEX alert_changes_at ON alert_changes (at);

  CREATE TABLE alert_mentions (
    user TEXT NOT NULL COLLATE NOCASE,
    alert INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    PRIMARY KEY (user, alert)
  ) STRICT, WITHOUT ROWID;

  -- The text of each version of a rule that has made an alert.
  CREATE TABLE alert_rules (
    rule_id TEXT NOT NULL,
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (rule_id, version)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE assets (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    match TEXT NOT NULL UNIQUE COLLATE NOCASE,
    criticality TEXT NOT NULL CHECK (criticality IN ('low', 'normal', 'high', 'critical')),
    note TEXT NOT NULL,
    updated INTEGER NOT NULL,
    by TEXT NOT NULL
  ) STRICT;`
