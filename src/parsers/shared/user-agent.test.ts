import assert from 'node:assert/strict'
import { test } from 'node:test'
import { userAgent } from './user-agent.ts'

const brief = (text: string) => {
  const agent = userAgent(text)
  return agent && [agent.name, agent.version, agent.device.name, agent.os?.name, agent.os?.version, agent.os?.full]
}

test('browsers, devices and systems', () => {
  assert.deepEqual(
    brief(
      'Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1'
    ),
    ['Mobile Safari', '16.5', 'iPhone', 'iOS', '16.5', 'iOS 16.5']
  )
  assert.deepEqual(
    brief(
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.0.0 Safari/537.36'
    ),
    ['Chrome', '110.0.0.0', 'Other', 'Windows', '10', 'Windows 10']
  )
  assert.deepEqual(brief('curl/7.88.1'), ['curl', '7.88.1', 'Other', undefined, undefined, undefined])
  assert.deepEqual(brief('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)')?.slice(0, 3), [
    'Googlebot',
    '2.1',
    'Spider'
  ])
})

test('an unknown agent is Other, an empty one is none', () => {
  assert.deepEqual(brief('zzz'), ['Other', undefined, 'Other', undefined, undefined, undefined])
  assert.equal(userAgent(''), undefined)
})

test('a long agent is read at its beginning and kept whole', () => {
  const text = `curl/7.88.1 ${'x'.repeat(100_000)}`
  assert.equal(userAgent(text)?.original, text)
  assert.equal(userAgent(text)?.name, 'curl')
})

test('hostile agents take milliseconds at most', () => {
  for (const part of ['; ', 'Linux; Android 1.1; ', '(', 'Build/ Android ; ', 'a', 'Mozilla/5.0 ', '\u0130\u212a'])
    userAgent(part.repeat(600))
  const start = performance.now()
  for (const part of ['; ', 'Linux; Android 1.1; ', 'Build/ Android ; ', 'Mozilla/5.0 '])
    for (let i = 0; i < 5; i++) userAgent(i + part.repeat(600))
  assert.ok(performance.now() - start < 2000)
})
