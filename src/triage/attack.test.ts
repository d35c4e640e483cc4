import assert from 'node:assert/strict'
import { test } from 'node:test'
import { techniquesOf } from './attack.ts'
import { tacticNames, techniqueNames } from './attack-names.ts'

const named = (...tags: string[]) => techniquesOf(tags).map(({ id, name }) => `${id} ${name}`)

test('tags of rules are named; a tactic that a technique serves is not told again', () => {
  assert.deepEqual(named('attack.t1110.001', 'attack.credential-access', 'cve.2021-44228'), [
    'T1110.001 Brute Force: Password Guessing'
  ])
  assert.deepEqual(named('attack.T1059', 'attack.lateral_movement'), [
    'T1059 Command and Scripting Interpreter',
    'TA0008 Lateral Movement'
  ])
  assert.deepEqual(named('attack.t9999.001', 'attack.ta0040', 'attack.g0016', 'attack.nonsense'), [
    'T9999.001 T9999.001',
    'TA0040 Impact'
  ])
  assert.deepEqual(techniquesOf(['attack.t1685.005'])[0], {
    id: 'T1685.005',
    name: 'Disable or Modify Tools: Clear Windows Event Logs',
    tactics: ['Defense Impairment'],
    url: 'https://attack.mitre.org/techniques/T1685/005/'
  })
})

test('the table is well formed: each technique has a name and known tactics', () => {
  const names = techniqueNames()
  assert.ok(names.size > 550)
  for (const [id, { name, tactics }] of names) {
    assert.match(id, /^T\d{4}(\.\d{3})?$/)
    assert.match(name, /^[A-Za-z/].+$/)
    assert.ok(tactics.length > 0 && tactics.every(tactic => tacticNames.has(tactic)), id)
  }
})
