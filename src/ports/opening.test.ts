/** The exact core of the port analyzer: the examples that people gave, brute force beside it, and the time it takes. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bestOpening, runsOf } from './opening.ts'

const observed = [80, 81, 82, 85, 86, 1001, 1002, 1020]

test('three rules close the smallest gap', () => {
  assert.deepEqual(bestOpening(observed, { maxRules: 3, maxOpenPorts: 3 }), {
    feasible: true,
    ranges: [
      { from: 80, to: 86 },
      { from: 1001, to: 1002 }
    ],
    ports: [1020],
    extraPorts: [83, 84],
    rules: 3
  })
})

test('enough rules open nothing that was not observed', () => {
  assert.deepEqual(bestOpening(observed, { maxRules: 10, maxOpenPorts: 3 }), {
    feasible: true,
    ranges: [
      { from: 80, to: 82 },
      { from: 85, to: 86 },
      { from: 1001, to: 1002 }
    ],
    ports: [1020],
    extraPorts: [],
    rules: 4
  })
})

test('what cannot be done is said, with the smallest values that work', () => {
  const opening = bestOpening(observed, { maxRules: 1, maxOpenPorts: 3 })
  assert.ok(!opening.feasible)
  assert.equal(opening.suggestion.maxRules, 3)
  assert.equal(opening.suggestion.maxOpenPorts, 933)
  assert.match(opening.suggestion.message, /--max-rules to 3, or --max-open-ports to 933/)
  assert.ok(bestOpening(observed, { maxRules: 3, maxOpenPorts: 3 }).feasible)
  assert.ok(bestOpening(observed, { maxRules: 1, maxOpenPorts: 933 }).feasible)
  assert.ok(!bestOpening(observed, { maxRules: 1, maxOpenPorts: 932 }).feasible)
  assert.ok(!bestOpening(observed, { maxRules: 2, maxOpenPorts: 3 }).feasible)
})

test('one rule, if so many ports may be open', () => {
  const opening = bestOpening(observed, { maxRules: 1, maxOpenPorts: 1000 })
  assert.ok(opening.feasible)
  assert.deepEqual(opening.ranges, [{ from: 80, to: 1020 }])
  assert.deepEqual(opening.ports, [])
  assert.equal(opening.extraPorts.length, 933)
})

test('nothing observed needs no rule; repetitions and order do not matter; the ends of the range are ports', () => {
  assert.deepEqual(bestOpening([], { maxRules: 1, maxOpenPorts: 0 }), {
    feasible: true,
    ranges: [],
    ports: [],
    extraPorts: [],
    rules: 0
  })
  const ends = bestOpening([65535, 0, 65535], { maxRules: 2, maxOpenPorts: 0 })
  assert.deepEqual(ends.feasible && ends.ports, [0, 65535])
})

/** Every choice of gaps to close; runs are few. */
function bruteForce(ports: number[], maxRules: number, maxOpenPorts: number): { extra: number; rules: number } | null {
  const runs = runsOf(ports)
  if (runs.length === 0) return { extra: 0, rules: 0 }
  const gaps = runs.slice(1).map((run, i) => run.from - runs[i]!.to - 1)
  let best: { extra: number; rules: number } | null = null
  for (let closed = 0; closed < 1 << gaps.length; closed++) {
    let extra = 0
    let rules = 1
    let inside = 0
    let allowed = true
    gaps.forEach((gap, i) => {
      if ((closed & (1 << i)) === 0) {
        rules++
        inside = 0
        return
      }
      extra += gap
      inside += gap
      if (inside > maxOpenPorts) allowed = false
    })
    if (!allowed || rules > maxRules) continue
    if (best === null || extra < best.extra || (extra === best.extra && rules < best.rules)) best = { extra, rules }
  }
  return best
}

const limits = { maxRules: fc.integer({ min: 1, max: 12 }), maxOpenPorts: fc.integer({ min: 0, max: 30 }) }
// Near each other, so that gaps are alike and ties are many.
const portSets = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 14 }),
  fc.array(fc.integer({ min: 65_400, max: 65_535 }), { maxLength: 12 }),
  fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 12 }).map(gaps => {
    let port = 100
    return gaps.map(gap => (port += gap + 1))
  })
)

test('brute force finds nothing better, and nothing where we find nothing', () => {
  fc.assert(
    fc.property(portSets, limits.maxRules, limits.maxOpenPorts, (ports, maxRules, maxOpenPorts) => {
      const opening = bestOpening(ports, { maxRules, maxOpenPorts })
      const best = bruteForce(ports, maxRules, maxOpenPorts)
      if (!opening.feasible) {
        assert.equal(best, null)
        const { suggestion } = opening
        assert.ok(bruteForce(ports, suggestion.maxRules, maxOpenPorts))
        assert.equal(bruteForce(ports, suggestion.maxRules - 1, maxOpenPorts), null)
        assert.ok(bruteForce(ports, maxRules, suggestion.maxOpenPorts))
        assert.equal(bruteForce(ports, maxRules, suggestion.maxOpenPorts - 1), null)
        return
      }
      assert.deepEqual({ extra: opening.extraPorts.length, rules: opening.rules }, best)
      assert.equal(opening.rules, opening.ranges.length + opening.ports.length)
      const all = [...opening.ranges, ...opening.ports.map(port => ({ from: port, to: port }))]
      const open = new Set(all.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)))
      const seen = new Set(ports)
      for (const port of seen) assert.ok(open.has(port))
      assert.deepEqual(
        opening.extraPorts,
        [...open].filter(port => !seen.has(port)).sort((a, b) => a - b)
      )
      for (const { from, to } of all) {
        const unused: number = opening.extraPorts.filter(port => port >= from && port <= to).length
        assert.ok(unused <= maxOpenPorts)
      }
    }),
    { numRuns: 3000 }
  )
})

test('whatever is observed and allowed takes less than 200 ms', () => {
  const every = Array.from({ length: 65_536 }, (_, port) => port)
  let state = 7
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  const sets = [
    every,
    every.filter(port => port % 2 === 0),
    every.filter(port => port % 3 !== 0),
    every.filter(() => random() < 0.3),
    every.filter(port => port % 5 < 1 + ((port >> 8) & 3))
  ]
  for (const ports of sets) {
    for (const maxRules of [1, 2, 60, 1000, 10_000, 32_000, 65_536]) {
      for (const maxOpenPorts of [0, 1, 3, 100, 5_000, 65_536]) {
        let best = Number.POSITIVE_INFINITY
        // The best of some: what else runs on the machine does not matter.
        for (let tries = 0; tries < 3 && best > 200; tries++) {
          const startedMs = performance.now()
          bestOpening(ports, { maxRules, maxOpenPorts })
          best = Math.min(best, performance.now() - startedMs)
        }
        assert.ok(best < 200, `${ports.length} ports, ${maxRules} rules, ${maxOpenPorts} open: ${best.toFixed(0)} ms`)
      }
    }
  }
})
