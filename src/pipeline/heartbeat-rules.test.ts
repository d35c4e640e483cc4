/** The rules that come with Picket find a test attack of each format. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { memoryState } from '../state/state.ts'
import { attackFormats } from '../triage/heartbeat/attacks.ts'
import { planHeartbeat } from './heartbeat.ts'
import { bundledRulesFolder } from './rule-files.ts'
import { openRules } from './rules.ts'

test('each format that has a test attack has a rule of ours that finds it, switched on to begin with', async () => {
  const data = mkdtempSync(join(tmpdir(), 'picket-no-rules-'))
  const rules = openRules({
    folders: { bundled: bundledRulesFolder, data },
    state: memoryState(),
    apply: () => {},
    log: { info() {}, warn() {} },
    nowMs: () => 0,
    watchMs: 0
  })
  try {
    const places = attackFormats.map(format => ({ source: format, format }))
    const planned = await planHeartbeat(rules, places, 'run', Date.UTC(2026, 10, 21, 15))
    for (const { check } of planned) {
      if (process.env['PICKET_TIMES'] !== undefined)
        console.error(check.format, '·', check.title, '·', check.rules.map(id => rules.rule(id)?.rule.title).join(', '))
    }
    assert.deepEqual(
      planned.filter(({ check }) => check.rules.length === 0).map(({ check }) => `${check.format}: ${check.problem}`),
      []
    )
  } finally {
    rules.close()
    rmSync(data, { recursive: true })
  }
})
