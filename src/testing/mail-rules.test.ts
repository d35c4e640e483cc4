/** The rules about mail, asked of real mails: those that are harmless bring nothing out, most of the phishing does. Looks nothing up. */

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { completeEvent } from '../core/event.ts'
import { and } from '../filter/expression.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { email } from '../parsers/email/email.ts'
import { bundledRulesFolder } from '../pipeline/rule-files.ts'
import { openRules } from '../pipeline/rules.ts'
import { memoryState } from '../state/state.ts'

const folder = join(import.meta.dirname, '../../../shared/data/eml')

test('harmless mails bring no rule out, phishing does', { skip: !existsSync(folder) && 'no shared data' }, () => {
  const empty = mkdtempSync(join(tmpdir(), 'picket-mail-rules-'))
  const state = memoryState()
  const rules = openRules({
    folders: { bundled: bundledRulesFolder, data: empty },
    state,
    apply: () => {},
    log: { info() {}, warn() {} },
    nowMs: () => Date.UTC(2026, 2, 3),
    watchMs: 0
  })
  try {
    const asked = rules.rules
      .filter(({ rule }) => rule.file.startsWith('picket/mail/'))
      .map(({ rule, expression }) => ({ title: rule.title, matches: toPredicate(and([rule.route, expression])) }))
    assert.ok(asked.length >= 12)
    let phish = 0
    const silent: string[] = []
    for (const name of readdirSync(folder).filter(file => file.endsWith('.eml'))) {
      // As the mail lane says of somebody unknown.
      const header = [JSON.stringify({ newSender: true, newDomain: true })]
      const parsed = email.open({ receivedMs: 0, header })(readFileSync(join(folder, name), 'latin1'), {})
      assert.ok(typeof parsed === 'object' && parsed.ok)
      const event = completeEvent(parsed.event)
      const found = asked.filter(({ matches }) => matches(event)).map(({ title }) => title)
      if (!name.includes('_phish_')) assert.deepEqual(found, [], name)
      else if (found.length > 0) phish++
      else silent.push(name)
    }
    assert.ok(phish >= 10, `only ${phish} of the phishing mails; not ${silent.join(', ')}`)
  } finally {
    rules.close()
    state.close()
    rmSync(empty, { recursive: true, force: true })
  }
})
