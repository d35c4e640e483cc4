import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_EVENT } from '../../core/parser.ts'
import { forEachRecord } from '../../parsers/parse-chunk.ts'
import { makeSample, recognise } from '../../parsers/recognise.ts'
import { ChunkMaker } from '../../sources/files/chunk-maker.ts'
import { compileGenerator } from '../compile.ts'
import { Random } from '../random.ts'
import { attackNames, attacks, intrusion } from './attacks.ts'
import { headOf, type Line, officeShapes, type ShapeName, shapeNames } from './line.ts'
import { Office } from './office.ts'

const startMs = Date.UTC(2026, 10, 20, 9)
const hourMs = 3_600_000

function hour(seed = '1', wanted: readonly ShapeName[] = shapeNames, withAttacks = true): Line[] {
  const plan = intrusion.map(({ attack, minute }) => ({ attack, atMs: startMs + minute * 60_000 }))
  const office = new Office({ random: new Random(seed), startMs, shapes: wanted, attacks: withAttacks ? plan : [] })
  const lines: Line[] = []
  for (let line = office.next(); line.timeMs < startMs + hourMs; line = office.next()) lines.push(line)
  return lines
}

const lines = hour()

test('lines come in the order of time, the same for the same seed', () => {
  for (const [index, { timeMs }] of lines.entries()) assert.ok(index === 0 || lines[index - 1]!.timeMs <= timeMs)
  assert.deepEqual(hour(), lines)
  assert.notDeepEqual(hour('2').slice(0, 20), lines.slice(0, 20))
})

test('who wants one shape gets it alone', () => {
  for (const shape of shapeNames) {
    const of = hour('1', [shape], false)
    assert.ok(of.length > 10, shape)
    assert.ok(of.every(line => line.shape === shape && line.attack === undefined))
  }
})

test('each attack of the plan leaves its lines where it says', () => {
  for (const name of attackNames)
    for (const shape of attacks[name].shapes)
      if (name !== 'beacon' || shape !== 'dns')
        assert.ok(
          lines.some(line => line.attack === name && line.shape === shape),
          `${name} in ${shape}`
        )
  for (const { techniques } of Object.values(attacks))
    for (const id of techniques) assert.match(id, /^T\d{4}(\.\d{3})?$/)
})

type Eve = {
  timestamp: string
  event_type: string
  flow_id: number
  src_ip: string
  src_port: number
  dest_ip: string
  dest_port: number
  proto: string
  tls?: { sni: string }
  dns?: { type: string; rrname: string; answers?: { rdata: string }[] }
  flow?: { bytes_toserver: number; bytes_toclient: number; pkts_toserver: number; pkts_toclient: number }
}

const eve = lines.filter(({ shape }) => shape === 'eve').map(({ text }) => JSON.parse(text) as Eve)

test('a name was answered before it is spoken with', () => {
  const answered = new Set<string>()
  let checked = 0
  for (const event of eve) {
    for (const answer of event.dns?.answers ?? []) answered.add(`${event.src_ip} ${event.dns!.rrname} ${answer.rdata}`)
    if (event.tls === undefined || !event.src_ip.startsWith('10.20.1.')) continue
    checked++
    assert.ok(answered.has(`${event.src_ip} ${event.tls.sni} ${event.dest_ip}`), JSON.stringify(event))
  }
  assert.ok(checked > 500)
})

test("the VPC's records of a connection add up to its flow", () => {
  const sums = new Map<string, { bytes: number; packets: number }>()
  for (const { shape, text } of lines) {
    if (shape !== 'vpc-flow-v2') continue
    const [, , eni, from, to, fromPort, toPort, , packets, bytes] = text.split(' ')
    const key = `${eni} ${from} ${fromPort} ${to} ${toPort}`
    const sum = sums.get(key) ?? { bytes: 0, packets: 0 }
    sums.set(key, { bytes: sum.bytes + Number(bytes), packets: sum.packets + Number(packets) })
  }
  const interfaces = new Set([...sums.keys()].map(key => key.split(' ')[0]))
  const flows = new Map<string, { bytes: number; packets: number }>()
  const late = new Set<string>()
  for (const { flow, src_ip, src_port, dest_ip, dest_port, timestamp } of eve) {
    if (flow === undefined) continue
    const key = `${src_ip} ${src_port} ${dest_ip} ${dest_port}`
    // What ended before is in both, whole.
    if (Date.parse(timestamp) > startMs + hourMs - 300_000) late.add(key)
    const sum = flows.get(key) ?? { bytes: 0, packets: 0 }
    flows.set(key, { bytes: sum.bytes + flow.bytes_toserver, packets: sum.packets + flow.pkts_toserver })
  }
  let checked = 0
  for (const [key, flow] of flows) {
    if (late.has(key)) continue
    for (const eni of interfaces) {
      const sum = sums.get(`${eni} ${key}`)
      if (sum === undefined) continue
      checked++
      assert.deepEqual(sum, flow)
    }
  }
  assert.ok(checked > 500)
})

test('Picket recognises each shape, and understands every line', () => {
  for (const shape of shapeNames) {
    // Mails are of many lines: their reader takes them whole.
    if (shape === 'mail') continue
    const of = lines.filter(line => line.shape === shape).map(({ text }) => text)
    const head = headOf(shape)
    const sample = [...(head === undefined ? [] : [head]), ...of.slice(0, 50)]
    assert.equal(recognise(makeSample(sample.join('\n') + '\n')).parser.name, officeShapes[shape].format, shape)
    const base = { source: 's', format: officeShapes[shape].format, receivedMs: startMs, run: '' }
    const body = Buffer.from(of.map(text => text + '\n').join(''))
    const chunk = new ChunkMaker(base).lines(body, of.length, head === undefined ? undefined : [head])!
    let events = 0
    forEachRecord(chunk, (_index, _start, _end, text, _json, parsed) => {
      assert.ok(parsed !== NO_EVENT && parsed.ok, `${shape}: ${text}`)
      events++
    })
    assert.equal(events, of.length)
  }
})

test('offices are busy by day, and quiet at night and on Sundays', () => {
  const perHour = new Map<number, number>()
  const office = new Office({
    random: new Random('1'),
    startMs: Date.UTC(2026, 10, 20),
    shapes: ['nginx'],
    officeHours: { zoneMinutes: 0 }
  })
  for (let line = office.next(); line.timeMs < Date.UTC(2026, 10, 23); line = office.next()) {
    const at = Math.floor(line.timeMs / hourMs)
    perHour.set(at, (perHour.get(at) ?? 0) + 1)
  }
  const at = (day: number, h: number): number => perHour.get(Date.UTC(2026, 10, day, h) / hourMs) ?? 0
  assert.ok(at(20, 10) > 6 * at(20, 3))
  assert.ok(at(20, 10) > 3 * at(22, 10))
})

test('a shape in a configuration: so many a second, with an attack', () => {
  const config = { shape: ['eve', 'nginx'], attacks: [{ attack: 'log4shell', at: 10_000 }], start: startMs }
  const made = compileGenerator(
    config as never,
    { seed: 1, isRepeatable: true, nowMs: () => 0, intervalMs: 20 } as never
  )
  assert.ok(made.ok, JSON.stringify(made))
  const texts: string[] = []
  while (made.generator.timeMs() < startMs + 120_000) texts.push(String(made.generator.next()))
  assert.ok(texts.length > 4000 && texts.length < 8000, String(texts.length))
  assert.ok(texts.some(text => text.includes('${jndi:')))
  const wrong = compileGenerator({ shape: 'evee' } as never, { seed: 1, isRepeatable: true, nowMs: () => 0 } as never)
  assert.ok(!wrong.ok)
  assert.equal(wrong.problems[0]?.suggestion, 'eve')
})
