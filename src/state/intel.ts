/**
 * The file of threat intelligence, `intel.db`: feeds, indicators, allow lists, and what is shared with peers. Apart from `picket.db`, so
 * that worker threads may write a lot into it while nobody waits (docs/adr/0018). Each thread opens it for itself.
 */

import { peerNamesSchema } from './intel-peers.ts'
import { sharedSchema } from './intel-shared.ts'
import { memoryState, openStateFile, type State } from './state.ts'
import type { Migration } from './state-file.ts'

/** Like the state, but of the other file: branded, so that they are not mistaken for each other. */
export type Intel = State & { readonly intel: true }

const feeds = `
  -- cursor: up to where it was read, in the words of its kind. fetched: when what it holds was last what the feed says.
  CREATE TABLE feeds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 64),
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    enabled INTEGER NOT NULL,
    created INTEGER NOT NULL,
    by TEXT NOT NULL,
    cursor TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(cursor)),
    indicators INTEGER NOT NULL DEFAULT 0,
    last_run INTEGER,
    fetched INTEGER,
    next_run INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    problem TEXT NOT NULL DEFAULT '',
    counts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(counts))
  ) STRICT;

  -- What is said of indicators: the same for all of most lists, so kept once.
  CREATE TABLE abouts (id INTEGER PRIMARY KEY, about TEXT NOT NULL UNIQUE) STRICT;

  -- id is '' where it is made of feed, type and value; port 0 stands for all. seen is NULL where the feed is the whole of what it says:
  -- then it is the feed's "fetched". Numbers are never given twice: what is above a number is newer.
  CREATE TABLE indicators (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    feed INTEGER NOT NULL REFERENCES feeds (id),
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    port INTEGER NOT NULL,
    about INTEGER NOT NULL,
    valid_from INTEGER,
    valid_until INTEGER,
    seen INTEGER,
    added INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX indicators_by_value ON indicators (value, type, feed, id, port);
  CREATE INDEX indicators_by_feed ON indicators (feed, id);

  -- Objects that a feed has taken back, with the version that did: an older one that comes later is not to bring them back.
  CREATE TABLE revoked_indicators (
    feed INTEGER NOT NULL REFERENCES feeds (id),
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (feed, id)
  ) STRICT, WITHOUT ROWID;

  -- What peers have seen: one of their sightings (STIX) a row, its newest version.
  CREATE TABLE peer_sightings (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    feed INTEGER NOT NULL REFERENCES feeds (id),
    id TEXT NOT NULL,
    indicator TEXT NOT NULL,
    who TEXT NOT NULL,
    version INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first_us INTEGER,
    last_us INTEGER,
    updated INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX peer_sightings_by_id ON peer_sightings (feed, id);
  CREATE INDEX peer_sightings_by_indicator ON peer_sightings (indicator);

  CREATE TABLE intel_change (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL) STRICT;
  INSERT INTO intel_change VALUES (1, 1);

  CREATE TABLE allow_lists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    feed INTEGER REFERENCES feeds (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 256),
    kind TEXT NOT NULL CHECK (kind IN ('string', 'hostname', 'cidr', 'substring', 'regex')),
    description TEXT NOT NULL,
    version TEXT NOT NULL,
    types TEXT NOT NULL CHECK (json_valid(types)),
    enabled INTEGER NOT NULL,
    entries INTEGER NOT NULL DEFAULT 0,
    updated INTEGER NOT NULL,
    by TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX allow_lists_by_name ON allow_lists (coalesce(feed, 0), name);
  CREATE TABLE allow_entries (
    list INTEGER NOT NULL REFERENCES allow_lists (id),
    value TEXT NOT NULL,
    PRIMARY KEY (list, value)
  ) STRICT, WITHOUT ROWID;`

const steps: readonly Migration[] = [
  { name: 'feeds, indicators, allow lists', sql: feeds },
  { name: 'what is shared', sql: sharedSchema },
  { name: 'names of peers', sql: peerNamesSchema }
]

export function openIntel(folder: string): Intel {
  return branded(openStateFile(folder, 'intel.db', steps, 'NORMAL'))
}

/** In memory only. For tests. */
export function memoryIntel(): Intel {
  return branded(memoryState(steps))
}

function branded(state: State): Intel {
  return { ...state, intel: true }
}

/** Differs whenever indicators in force or allow lists may: who keeps them in memory looks here. */
export function intelChange(intel: Intel): number {
  return Number(intel.db.prepare('SELECT number FROM intel_change').get()!['number'])
}

/** Within the transaction that changes something. */
export function noteIntelChange(intel: Intel): void {
  intel.db.prepare('UPDATE intel_change SET number = number + 1').run()
}
