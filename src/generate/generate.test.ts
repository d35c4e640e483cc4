/** The core of the generator: each kind of field, order and cycles, distributions, seeds. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Compiled, compileGenerator, type GeneratorOptions } from './compile.ts'
import { type GeneratorConfig, generatorSchema } from './config.ts'
import { loadFakers } from './faker/load.ts'

const { fakers } = await loadFakers(['en', 'de'])

function compile(config: unknown, options: Partial<GeneratorOptions> = {}): Compiled {
  return compileGenerator(generatorSchema.parse(config) as GeneratorConfig, {
    seed: 'test',
    isRepeatable: true,
    nowMs: () => Date.UTC(2026, 2, 1),
    fakers,
    ...options
  })
}

function records(config: unknown, count: number, options: Partial<GeneratorOptions> = {}): string[] {
  const compiled = compile(config, options)
  assert.ok(compiled.ok, compiled.ok ? '' : JSON.stringify(compiled.problems))
  return Array.from({ length: count }, () => compiled.generator.next()!)
}

// biome-ignore lint/suspicious/noExplicitAny: documents of any shape.
const parsed = (config: unknown, count: number, options: Partial<GeneratorOptions> = {}): any[] =>
  records(config, count, options).map(line => JSON.parse(line))

function problems(config: unknown): string {
  const compiled = compile(config)
  assert.ok(!compiled.ok, 'it compiled')
  return compiled.problems
    .map(({ path, message, suggestion }) => `${path.join('.')}: ${message} → ${suggestion}`)
    .join('\n')
}

const older = {
  distribution: { result: { Y: 3, N: 7 } },
  fields: {
    time: { type: 'date', format: 'Y-m-d H:i:s' },
    field1: { type: 'randomNumber', randomNumber: { max: 100, min: 10 } },
    field2: { type: 'constant', constant: 1000 },
    field3: { type: 'randomList', randomList: ['red', 'green', 'blue'] },
    field4: { type: 'weightedList', weightedList: { men: 40, women: 60 } },
    field5: { type: 'mathExpression', mathExpression: '{field1} + {field2} + sin({field2}) * 10' },
    field6: { type: 'faker', property: 'name' },
    field7: { type: 'faker', property: 'ipv4' },
    result: { type: 'rules', rules: { Y: '{field1} + {field2} > 1060', N: '{field1} + {field2} <= 1060' } }
  }
}

test("the older tool's configuration works as it stands, its distribution is met exactly", () => {
  const all = parsed({ ...older, count: 1000 }, 1000)
  assert.equal(all.filter(({ result }) => result === 'Y').length, 300)
  for (const record of all) {
    assert.deepEqual(Object.keys(record), Object.keys(older.fields))
    assert.match(record.time, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    assert.ok(Number.isInteger(record.field1) && record.field1 >= 10 && record.field1 <= 100)
    assert.equal(record.field5, record.field1 + 1000 + Math.sin(1000) * 10)
    assert.equal(record.result, record.field1 + 1000 > 1060 ? 'Y' : 'N')
    assert.match(record.field7, /^\d+\.\d+\.\d+\.\d+$/)
    assert.match(record.field6, /\w+ \w+/)
  }
  const men = all.filter(({ field4 }) => field4 === 'men').length
  assert.ok(men > 330 && men < 470, `men ${men}`)
})

test('a seed repeats byte for byte; another differs; a field more changes no other', () => {
  const once = records(older, 3000).join('\n')
  assert.equal(records(older, 3000).join('\n'), once)
  assert.notEqual(records(older, 3000, { seed: 'other' }).join('\n'), once)
  const more = parsed({ fields: { extra: { type: 'uuid' }, n: { type: 'integer' } } }, 50).map(({ n }) => n)
  assert.deepEqual(
    more,
    parsed({ fields: { n: { type: 'integer' } } }, 50).map(({ n }) => n)
  )
})

test('a distribution that cannot be met says so with the rates seen, and ends', () => {
  const compiled = compile({
    distribution: { r: { Y: 1, N: 1 } },
    fields: { n: { type: 'integer', min: 1, max: 9 }, r: { type: 'rules', rules: { Y: '{n} > 10', N: '{n} <= 10' } } }
  })
  assert.ok(compiled.ok)
  let given = 0
  while (compiled.generator.next() !== undefined) given++
  assert.ok(given < 10)
  assert.match(
    compiled.generator.problem ?? '',
    /r cannot be distributed as asked: Y did not come in 1,000,000 draws.*Y 0\.0 %, N 100\.0 %/
  )
})

test('odd counts go by the largest remainder; unknown counts are exact in blocks; rare and many values are found', () => {
  const fields = { r: { type: 'list', list: ['a', 'b', 'c'] } }
  const count = (all: { r: string }[], value: string): number => all.filter(({ r }) => r === value).length
  const odd = parsed({ distribution: { r: { a: 1, b: 1, c: 1 } }, fields, count: 100 }, 100)
  assert.deepEqual([count(odd, 'a'), count(odd, 'b'), count(odd, 'c')], [34, 33, 33])
  const blocks = parsed({ distribution: { r: { a: 1, b: 9 } }, fields }, 200)
  for (let from = 0; from < 200; from += 10) assert.equal(count(blocks.slice(from, from + 10), 'a'), 1)
  const names = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [String(n), 1]))
  const many = parsed(
    {
      distribution: { r: names },
      fields: { r: { type: 'integer', min: 0, max: 99 }, at: { type: 'counter' } },
      count: 1000
    },
    1000
  )
  for (const name of Object.keys(names)) assert.equal(many.filter(({ r }) => String(r) === name).length, 10)
  // What the distribution does not depend on is drawn once for each record.
  assert.deepEqual(
    many.map(({ at }) => at),
    many.map((_, n) => n + 1)
  )
})

test('independent distributions hold together; dependent ones are refused', () => {
  const fields = {
    n: { type: 'integer', min: 1, max: 100 },
    a: { type: 'rules', rules: { low: '{n} < 20', high: 'else' } },
    b: { type: 'list', list: ['x', 'y'] },
    c: { type: 'expression', expression: '{n} % 2' }
  }
  const all = parsed({ fields, distribution: { a: { low: 1, high: 1 }, b: { x: 1, y: 3 } }, count: 400 }, 400)
  assert.equal(all.filter(({ a }) => a === 'low').length, 200)
  assert.equal(all.filter(({ b }) => b === 'x').length, 100)
  const both = problems({ fields, distribution: { a: { low: 1, high: 1 }, c: { 0: 1, 1: 1 } } })
  assert.match(both, /distribution\.c: depends on the same fields as a/)
})

test('names that JavaScript keeps for itself are names like others', () => {
  const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf']
  const fields = Object.fromEntries([
    ...names.map(name => [name, { type: 'constant', constant: name }]),
    ['all', { type: 'template', template: names.map(name => `{${name}}`).join(' ') }],
    ['w', { type: 'weightedList', weightedList: { constructor: 1 } }]
  ])
  const [line] = records({ fields, distribution: { constructor: { constructor: 1 } }, count: 5 }, 1)
  assert.equal(
    line,
    `{${names.map(name => `"${name}":"${name}"`).join(',')},"all":"${names.join(' ')}","w":"constructor"}`
  )
})

test('fields in any order; what needs itself is named', () => {
  const [one] = parsed(
    {
      fields: {
        c: { type: 'expression', expression: '{b} * 2' },
        b: { type: 'expression', expression: '{a} + 1' },
        a: { type: 'constant', constant: 4 }
      }
    },
    1
  )
  assert.deepEqual(one, { c: 10, b: 5, a: 4 })
  assert.deepEqual(Object.keys(one), ['c', 'b', 'a'])
  const cycle = problems({
    fields: {
      a: { type: 'expression', expression: '{b}' },
      b: { type: 'template', template: '{c}' },
      c: { type: 'rules', rules: { x: '{a} > 1' } }
    }
  })
  assert.match(cycle, /fields\.a: needs itself: a → b → c → a/)
  const long = Object.fromEntries(
    Array.from({ length: 900 }, (_, n) => [
      `f${n}`,
      { type: 'expression', expression: n === 899 ? '1' : `{f${n + 1}} + 1` }
    ])
  )
  assert.equal(parsed({ fields: long }, 1)[0].f0, 900)
})

test('mistakes are told where they are, with what was meant', () => {
  assert.match(
    problems({
      fields: { colour: { type: 'constant', constant: 1 }, x: { type: 'expression', expression: '{color} + 1' } }
    }),
    /fields\.x: .*color.* → colour/
  )
  assert.match(
    problems({ fields: { x: { type: 'faker', property: 'person.fulName' } } }),
    /fields\.x: .*→ person\.fullName/
  )
  for (const name of [
    '__proto__',
    'constructor',
    'person.constructor',
    'helpers.fake',
    'person.faker',
    'toString',
    'person.__proto__.x'
  ])
    assert.match(problems({ fields: { x: { type: 'faker', property: name } } }), /is not there/, name)
  assert.match(problems({ fields: { x: { type: 'faker', property: 'lorem.words', arguments: [1e9] } } }), /too long/)
  for (const [property, args] of [
    ['date.betweens', [{ from: 0, to: 1e12, count: 1e9 }]],
    ['finance.accountNumber', [1e9]],
    ['finance.accountNumber', [{ length: 1e9 }]],
    ['string.alpha', [{ length: { min: 1, max: 1e9 } }]]
  ] as const)
    assert.match(problems({ fields: { x: { type: 'faker', property, arguments: args } } }), /too long/, property)
  assert.match(problems({ fields: { x: { type: 'regex', regex: 'a(' } } }), /'\(' without/)
  assert.match(problems({ fields: { x: { type: 'ip', cidr: '10.0.0.0/40' } } }), /no network/)
  assert.match(problems({ fields: { x: { type: 'integer', min: 5, max: 1 } } }), /min \(5\) above its max/)
  assert.match(
    problems({ distribution: { r: { Yes: 1 } }, fields: { r: { type: 'list', list: ['yes', 'no'] } } }),
    /distribution\.r\.Yes: .*→ yes/
  )
  assert.match(
    problems({ fields: { x: { type: 'rules', rules: { Y: '{a} >' } }, a: { type: 'uuid' } } }),
    /fields\.x\.rules\.Y: is no expression/
  )
  assert.equal(
    problems({ fields: { x: { type: 'array', items: { type: 'template', template: '{x}' } } } }),
    'fields.x.items: refers to x, which it is a part of → undefined'
  )
  const wide = (items: object): object => ({ type: 'array', length: 1000, items })
  assert.match(
    problems({ fields: { x: wide(wide({ type: 'uuid' })) } }),
    /fields\.x\.items: can have more than 100000 items/
  )
  assert.match(problems({ fields: {} }), /no fields/)
})

test('nested objects, arrays, null and absence', () => {
  const config = {
    fields: {
      outer: {
        type: 'object',
        fields: {
          n: { type: 'integer', min: 1, max: 3 },
          double: { type: 'expression', expression: '{n} * 2' },
          deep: { type: 'object', nulls: 0.5, fields: { text: { type: 'constant', constant: 'say "x"' } } }
        }
      },
      list: {
        type: 'array',
        length: { min: 0, max: 3 },
        items: {
          type: 'object',
          fields: { i: { type: 'counter' }, sum: { type: 'expression', expression: '{i} + {outer.n}' } }
        }
      },
      plain: {
        type: 'array',
        length: 2,
        items: { type: 'array', length: 1, items: { type: 'expression', expression: '{outer.double} + 0' } }
      },
      maybe: { type: 'constant', constant: 1, absent: 0.5, nulls: 0.25 },
      secret: { type: 'constant', constant: 5, hidden: true },
      odd: {
        type: 'object',
        when: '{outer.n} % 2 = 1',
        fields: { x: { type: 'constant', constant: 1, when: '{outer.n} = 3' } }
      },
      shown: { type: 'expression', expression: '{secret} * {outer.n}' }
    }
  }
  const all = parsed(config, 400)
  const seen = { absent: 0, nothing: 0, deepNull: 0 }
  for (const record of all) {
    assert.equal(record.outer.double, record.outer.n * 2)
    assert.equal(record.shown, 5 * record.outer.n)
    assert.equal('secret' in record, false)
    assert.deepEqual(record.odd, [undefined, {}, undefined, { x: 1 }][record.outer.n])
    assert.deepEqual(record.plain, [[record.outer.double], [record.outer.double]])
    for (const item of record.list) assert.equal(item.sum, item.i + record.outer.n)
    if (!('maybe' in record)) seen.absent++
    else if (record.maybe === null) seen.nothing++
    if (record.outer.deep === null) seen.deepNull++
    else assert.deepEqual(record.outer.deep, { text: 'say "x"' })
  }
  assert.ok(seen.absent > 150 && seen.absent < 250, `absent ${seen.absent}`)
  assert.ok(seen.nothing > 60 && seen.nothing < 140, `null ${seen.nothing}`)
  assert.ok(seen.deepNull > 150 && seen.deepNull < 250, `deep ${seen.deepNull}`)
})

test('sessions share what is theirs, number their records and end', () => {
  const all = parsed(
    {
      sessions: {
        visit: {
          open: 3,
          records: { min: 2, max: 4 },
          fields: { id: { type: 'uuid' }, user: { type: 'list', list: ['ann', 'bob'] } }
        }
      },
      fields: {
        id: { type: 'reference', reference: 'visit.id' },
        user: { type: 'reference', reference: 'visit.user' },
        n: { type: 'expression', expression: '{visit.record}' },
        of: { type: 'expression', expression: '{visit.records}' },
        last: { type: 'reference', reference: 'visit.last' }
      }
    },
    500
  )
  const sessions = Map.groupBy(all, ({ id }) => id)
  assert.ok(sessions.size > 120)
  let complete = 0
  for (const records of sessions.values()) {
    assert.equal(new Set(records.map(({ user }) => user)).size, 1)
    assert.deepEqual(
      records.map(({ n }) => n),
      records.map((_, at) => at + 1)
    )
    if (records.at(-1).last) complete++
    for (const { n, of, last } of records) assert.equal(last, n === of)
  }
  assert.ok(complete >= sessions.size - 3)
})

test('parents before, and children after', () => {
  const all = parsed(
    {
      fields: {
        id: { type: 'counter' },
        parent: { type: 'reference', reference: 'id', back: 5 },
        before: { type: 'reference', reference: 'id' }
      },
      children: {
        count: { min: 1, max: 2 },
        fields: {
          kind: { type: 'constant', constant: 'item' },
          order: { type: 'reference', reference: 'parent.id' },
          line: { type: 'template', template: 'of {parent.id}' }
        }
      }
    },
    300
  )
  let order: { id: number } | undefined
  for (const record of all) {
    if (record.kind === 'item') {
      assert.equal(record.order, order?.id)
      assert.equal(record.line, `of ${order?.id}`)
      continue
    }
    assert.equal(record.before, order?.id ?? null)
    if (order === undefined) assert.equal(record.parent, null)
    else assert.ok(record.parent < record.id && record.parent >= record.id - 5)
    order = record
  }
})

test('csv and templates', () => {
  const fields = {
    a: { type: 'constant', constant: '=1+1' },
    o: { type: 'object', fields: { b: { type: 'constant', constant: 'x,"y"' } } },
    n: { type: 'constant', constant: -5 },
    none: { type: 'constant', constant: null }
  }
  const csv = compile({ fields }, { format: 'csv' })
  assert.ok(csv.ok)
  assert.equal(csv.generator.header, 'a,o.b,n,none')
  assert.equal(csv.generator.next(), `'=1+1,"x,""y""",-5,`)
  assert.deepEqual(records({ fields }, 1, { format: 'csv', escapeFormulas: false }), [`=1+1,"x,""y""",-5,`])
  assert.deepEqual(records({ fields, format: 'template', template: '{n} {o.b} {{x} {"json": {n}}' }, 1), [
    `-5 x,"y" {x} {"json": -5}`
  ])
})

test('kinds of values', () => {
  const all = parsed(
    {
      fields: {
        v4: { type: 'uuid' },
        v7: { type: 'uuid', version: 7 },
        net: { type: 'ip', cidr: '10.1.0.0/16' },
        net6: { type: 'ip', cidr: '2001:db8::/120' },
        one: { type: 'ip', cidr: ['192.0.2.1/32', '192.0.2.2'] },
        any: { type: 'ip' },
        port: { type: 'port', range: 'ephemeral' },
        mac: { type: 'mac', prefix: '00:1B:21' },
        local: { type: 'mac' },
        regex: { type: 'regex', regex: '^[A-F]{2}-(?:\\d{3}|x+)[^a-z]?\\.$' },
        down: { type: 'counter', start: 10, step: -3, end: 2 },
        tenth: { type: 'counter', start: 0, step: 0.1 },
        money: { type: 'float', min: 1, max: 2, decimals: 2 },
        flag: { type: 'boolean', probability: 1 },
        stamp: { type: 'date', start: '2026-03-01', step: '1s', format: 'unix' },
        any7: { type: 'date', from: '2026-01-01', to: '2026-01-02', format: '%Y-%m-%dT%H' },
        german: { type: 'faker', property: 'location.country', locale: 'de', pool: 0 },
        obj: { type: 'list', list: [{ a: 1 }, [2]] }
      }
    },
    500
  )
  for (const [at, r] of all.entries()) {
    assert.match(r.v4, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.match(r.v7, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.equal(Number.parseInt(r.v7.replaceAll('-', '').slice(0, 12), 16), Date.UTC(2026, 0, 1) + at * 1000)
    assert.match(r.net, /^10\.1\.\d+\.\d+$/)
    assert.match(r.net6, /^2001:db8::[0-9a-f]{0,2}$/)
    assert.match(r.one, /^192\.0\.2\.[12]$/)
    assert.doesNotMatch(r.any, /^(0|10|127|22[4-9]|2[3-5]\d)\.|^192\.168\./)
    assert.ok(r.port >= 32_768 && r.port <= 60_999)
    assert.match(r.mac, /^00:1b:21(:[0-9a-f]{2}){3}$/)
    assert.match(r.local, /^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/)
    assert.match(r.regex, /^[A-F]{2}-(?:\d{3}|x+)[^a-z]?\.$/)
    assert.equal(r.down, [10, 7, 4][at % 3])
    assert.equal(r.tenth, at * 0.1)
    assert.ok(r.money >= 1 && r.money <= 2 && Math.round(r.money * 100) / 100 === r.money)
    assert.equal(r.flag, true)
    assert.equal(r.stamp, Date.UTC(2026, 2, 1) / 1000 + at)
    assert.match(r.any7, /^2026-01-01T\d\d$/)
    assert.deepEqual(
      [{ a: 1 }, [2]].some(one => JSON.stringify(one) === JSON.stringify(r.obj)),
      true
    )
  }
  assert.ok(all.some(({ german }) => /land|ien$/.test(german)))
  assert.equal(new Set(all.map(({ v4 }) => v4)).size, 500)
})
