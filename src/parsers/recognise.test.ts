import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { listCases } from '../testing/parser-cases.ts'
import { parsers } from './index.ts'
import { makeSample, recognise } from './recognise.ts'

const named = (text: string, fileName?: string) => recognise(makeSample(text, fileName)).parser.name

test('a sample holds the first lines that are not blank, and records of documents', () => {
  const sample = makeSample('\uFEFF\r\n{"a":1}\r\n\r\nx\n', 'f')
  assert.deepEqual(sample.lines, ['{"a":1}', 'x'])
  assert.deepEqual(sample.json, [{ a: 1 }, undefined])
  assert.deepEqual(makeSample('{\n "events": [\n {"a":1},\n {"b":2}]}').json, [{ a: 1 }, { b: 2 }])
  assert.deepEqual(makeSample('[{"a":1},{"b":2}').lines, ['{"a":1}', '{"b":2}'])
  assert.equal(makeSample('x\n'.repeat(1000)).lines.length, 50)
  const long = makeSample('{"a":1}\n' + 'y'.repeat(100_000))
  assert.equal(long.text.length, 65536)
  assert.deepEqual(long.lines, ['{"a":1}'])
})

test('formats are told from their content', () => {
  assert.equal(named('Oct 11 22:14:15 host su: hello\n'), 'syslog')
  assert.equal(named('<34>1 2003-10-11T22:14:15.003Z host su - ID47 - hello\n'), 'syslog')
  assert.equal(
    named('2024-05-01T10:11:12.1+02:00 host sshd[7]: hello\n2024-05-01T10:11:13.1+02:00 host sshd[7]: again\n'),
    'syslog'
  )
  assert.equal(
    named('{"time":"2024-05-01T10:11:12Z","msg":"x"}\n{"time":"2024-05-01T10:11:12Z","msg":"y"}\n'),
    'ndjson'
  )
  assert.equal(named('time,user,verb\n2024-05-01T10:11:12Z,bob,login\n2024-05-01T10:11:13Z,bob,logout\n'), 'csv')
  assert.equal(named('a;b\n1;2\n', 'x.csv'), 'csv')
  assert.equal(named('127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326\n'), 'apache-access')
})

test('logs of applications are told by a level near the time', () => {
  const lines =
    '2024-05-01 10:11:12,123 INFO com.example.Main: started\n2024-05-01 10:11:13,123 WARN com.example.Main: slow\n'
  assert.equal(named(lines), 'app-log')
})

test('what is not sure is not claimed', () => {
  for (const text of [
    '',
    '\n\n',
    'hello\nworld\n',
    '2024-05-01T10:11:12Z some text: and more\n',
    'one, two, three\nDear Sir, how are you, fine\n',
    'a,b\n1,2\n',
    '{"a":1}\nnot json\nneither\n'
  ])
    assert.equal(named(text), 'text', text)
})

test('who says how sure it is at most is never surer, and is not asked where another is as sure', () => {
  const bounded = parsers.filter(({ surest }) => surest !== undefined)
  assert.ok(bounded.length >= 2)
  const sure = new Set<string>()
  for (const { inputPath } of listCases()) {
    const sample = makeSample(readFileSync(inputPath, 'utf8'), inputPath)
    for (const { name, surest, recognise } of bounded) {
      const claim = recognise(sample)
      assert.ok(claim <= surest!, `${name} is ${claim} sure of ${inputPath}`)
      if (claim === surest) sure.add(name)
    }
  }
  assert.ok(sure.size > bounded.length / 2, 'the cases hardly say what the bounds are')
  const asked: string[] = []
  const claims = (name: string, claim: number, surest?: number) => ({
    ...parsers[0]!,
    name,
    ...(surest === undefined ? {} : { surest }),
    recognise() {
      asked.push(name)
      return claim
    }
  })
  const among = [claims('a', 0.6), claims('b', 0.6, 0.6), claims('c', 0.7, 0.7), claims('d', 0.9)]
  assert.equal(recognise(makeSample('x'), among).parser.name, 'd')
  assert.deepEqual(asked, ['a', 'c', 'd'])
})
