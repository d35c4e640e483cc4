import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dashboardNamed, keepDashboard, listDashboards, removeDashboard } from './dashboards.ts'
import { addReport, keepSchedule, listReports, listSchedules, oldReports, removeSchedule, reportOf } from './reports.ts'
import { memoryState } from './state.ts'

const kept = { name: 'mine', document: { title: 'Mine' }, updatedMs: 5, by: 'user:anna' }

test('a change on a revision that is not the newest is refused', () => {
  const state = memoryState()
  assert.deepEqual(keepDashboard(state, { ...kept, revision: 0 }), { ok: true, revision: 1 })
  assert.deepEqual(keepDashboard(state, { ...kept, revision: 0 }), { ok: false, why: 'changed' })
  assert.deepEqual(keepDashboard(state, { ...kept, document: { title: 'New' }, revision: 1 }), {
    ok: true,
    revision: 2
  })
  assert.deepEqual(keepDashboard(state, { ...kept, revision: 1 }), { ok: false, why: 'changed' })
  assert.deepEqual(keepDashboard(state, { ...kept, revision: undefined }), { ok: true, revision: 3 })
  assert.equal(dashboardNamed(state, 'mine')?.revision, 3)
  assert.equal(listDashboards(state).length, 1)
  assert.equal(removeDashboard(state, 'mine'), true)
  assert.equal(removeDashboard(state, 'mine'), false)
})

test('reports are listed from the newest on, schedules by name', () => {
  const state = memoryState()
  for (let n = 1; n <= 3; n++)
    addReport(state, {
      id: `r${n}`,
      asked: { title: `Report ${n}` },
      file: `r${n}.html`,
      bytes: n,
      problem: '',
      schedule: '',
      createdMs: n,
      by: 'user:anna'
    })
  assert.deepEqual(
    listReports(state, 10).map(({ id }) => id),
    ['r3', 'r2', 'r1']
  )
  assert.deepEqual(
    oldReports(state, 2).map(({ id }) => id),
    ['r1']
  )
  assert.equal(reportOf(state, 'r2')?.asked['title'], 'Report 2')
  for (const name of ['weekly', 'daily'])
    assert.equal(keepSchedule(state, { name, schedule: { cron: '0 6 * * *' }, updatedMs: 1, by: 'x' }), true)
  assert.deepEqual(
    listSchedules(state).map(({ name }) => name),
    ['daily', 'weekly']
  )
  assert.equal(removeSchedule(state, 'daily'), true)
})
