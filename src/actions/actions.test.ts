/** The parts of notifications that need no world: signatures, retry, breaker, hours, routes, templates, and what each way would send. */

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { isWithin, nextChangeMs } from './hours.ts'
import { actions } from './index.ts'
import { type Message, plainNotice } from './message.ts'
import { outcomeOf } from './post.ts'
import { afterAnswer, afterFailure, breakerAt, closedBreaker, retryDelayMs } from './retry.ts'
import { type Route, routeFits, routeMisses, titleProblem } from './routes.ts'
import { sampleNotice } from './samples.ts'
import { isSigned, newSigningKey, signatureHeaders, signingKeyPattern } from './signature.ts'
import { escapeSlack } from './slack.ts'
import { syslogLines } from './syslog.ts'
import { ownTemplate, renderTemplate, templateProblems } from './template.ts'

const nowMs = Date.UTC(2026, 2, 1, 12)
const notice = sampleNotice(nowMs)
const hostile = '<!channel> <img src=x onerror=alert(1)> [a](http://x) *b* \u202eevil\u0007\nnext'

function messageOf(more: Partial<Message> = {}): Message {
  const rendered = renderTemplate(ownTemplate, notice, 'https://picket.example.org')
  return {
    key: 'pn_0123',
    kind: 'alert',
    ...rendered,
    severity: notice.severity,
    notices: [notice],
    count: 1,
    createdMs: nowMs,
    thread: '0123-sample',
    pageUrl: 'https://picket.example.org',
    again: false,
    ...more
  }
}

test('signatures are those of Standard Webhooks', () => {
  // The vector of the specification's own libraries.
  const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const body = '{"test": 2432232314}'
  const headers = signatureHeaders(key, { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timeMs: 1_614_265_330_999, body })
  assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  const at = 1_614_265_330_000
  assert.ok(isSigned(key, headers, body, at))
  assert.ok(isSigned(key, { ...headers, 'webhook-signature': `v1,AAAA ${headers['webhook-signature']}` }, body, at))
  assert.ok(!isSigned(key, headers, `${body} `, at))
  assert.ok(!isSigned(newSigningKey(), headers, body, at))
  assert.ok(!isSigned(key, { ...headers, 'webhook-id': 'other' }, body, at), 'the id is signed, too')
  assert.ok(!isSigned(key, headers, body, at + 301_000), 'an old one is no longer good')
  assert.ok(!isSigned(key, {}, body, at))
  const made = newSigningKey()
  assert.match(made, signingKeyPattern)
  // By hand, as the how-to says it.
  const seconds = headers['webhook-timestamp']
  const bytes = Buffer.from(key.slice(6), 'base64')
  const expected = createHmac('sha256', bytes).update(`${headers['webhook-id']}.${seconds}.${body}`).digest('base64')
  assert.equal(headers['webhook-signature'], `v1,${expected}`)
})

test('the waits are 1 s, 3 s, 9 s, then with jitter up to an hour', () => {
  assert.deepEqual(
    [1, 2, 3].map(attempt => retryDelayMs(attempt, 0.3)),
    [1000, 3000, 9000]
  )
  assert.deepEqual([retryDelayMs(4, 0), retryDelayMs(4, 1)], [13_500, 27_000])
  assert.equal(retryDelayMs(9, 1), 3_600_000)
  assert.equal(retryDelayMs(1000, 1), 3_600_000)
  assert.equal(retryDelayMs(1, 0, 20_000), 20_000, 'what the peer asks for')
  assert.equal(retryDelayMs(1, 0, 1e9), 3_600_000, 'but never more than an hour')
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
      const wait = retryDelayMs(attempt, chance)
      const whole = Math.min(3_600_000, 1000 * 3 ** (attempt - 1))
      return wait >= Math.floor(whole / 2) && wait <= whole
    })
  )
})

test('the breaker opens after five failures, tries once, stays open longer each time, and closes with an answer', () => {
  let breaker = closedBreaker(0)
  for (let failure = 1; failure <= 4; failure++) breaker = afterFailure(breaker, 'down', failure)
  assert.equal(breaker.state, 'closed')
  breaker = afterFailure(breaker, 'down', 5)
  assert.deepEqual([breaker.state, breaker.retryAtMs, breaker.reason], ['open', 30_005, 'down'])
  assert.equal(breakerAt(breaker, 30_004).state, 'open')
  assert.equal(breakerAt(breaker, 30_005).state, 'half-open')
  let pause = 30_000
  let now = 30_005
  for (let opening = 2; opening <= 12; opening++) {
    breaker = afterFailure(breakerAt(breaker, now), 'still down', now)
    pause = Math.min(900_000, pause * 2)
    assert.deepEqual([breaker.state, breaker.retryAtMs - now], ['open', pause])
    now = breaker.retryAtMs
  }
  assert.equal(
    breakerAt(breaker, now - 10 * 86_400_000).state,
    'half-open',
    'a clock set back by days does not keep it open'
  )
  const closed = afterAnswer(breakerAt(breaker, now), now)
  assert.deepEqual([closed.state, closed.failures, closed.openings], ['closed', 0, 0])
})

test('quiet hours know zones, nights and summer time', () => {
  const night = { zone: 'Europe/Berlin', windows: [{ days: [1, 2, 3, 4, 5], from: '22:00', to: '07:00' }] }
  // Friday 2026-02-27 is a day of it, and so is Saturday until seven.
  assert.ok(isWithin(night, Date.UTC(2026, 1, 27, 21, 0)))
  assert.ok(!isWithin(night, Date.UTC(2026, 1, 27, 20, 59)))
  assert.ok(isWithin(night, Date.UTC(2026, 1, 28, 5, 59)))
  assert.ok(!isWithin(night, Date.UTC(2026, 1, 28, 6, 0)))
  assert.ok(!isWithin(night, Date.UTC(2026, 1, 28, 21, 30)), 'not on Saturday evening')
  // In summer the same hours are an hour earlier in UTC.
  assert.ok(isWithin(night, Date.UTC(2026, 6, 3, 20, 0)))
  assert.ok(!isWithin(night, Date.UTC(2026, 6, 4, 5, 0)))
  assert.equal(nextChangeMs(night, Date.UTC(2026, 1, 27, 22, 0)), Date.UTC(2026, 1, 28, 6, 0))
  assert.equal(nextChangeMs(night, Date.UTC(2026, 1, 27, 12, 0)), Date.UTC(2026, 1, 27, 21, 0))
  // The night in which clocks go forward (2026-03-29) is an hour shorter.
  const every = { zone: 'Europe/Berlin', windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '07:00' }] }
  assert.equal(nextChangeMs(every, Date.UTC(2026, 2, 28, 21, 0)), Date.UTC(2026, 2, 29, 5, 0))
  const always = { zone: 'UTC', windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00' }] }
  assert.ok(isWithin(always, nowMs))
  assert.equal(nextChangeMs(always, nowMs), undefined)
  assert.ok(isWithin({ zone: 'Asia/Kathmandu', windows: [{ days: [7], from: '17:45', to: '17:46' }] }, nowMs))
})

test('routes look at severity, rule, tag, title, kind and time', () => {
  const route: Route = {
    enabled: true,
    severity: 'medium',
    rules: [],
    tags: [],
    title: '',
    kinds: ['created'],
    hours: undefined,
    destinations: ['a'],
    template: '',
    tests: false
  }
  const fits = (more: Partial<Route>, of = notice) => routeFits({ ...route, ...more }, of, nowMs)
  assert.ok(fits({}))
  assert.ok(!fits({ enabled: false }))
  assert.ok(!fits({ severity: 'critical' }))
  assert.ok(!fits({}, { ...notice, kind: 'closed' }))
  assert.ok(!fits({}, { ...notice, test: true }))
  assert.ok(fits({ tests: true }, { ...notice, test: true }))
  assert.ok(fits({ tags: ['attack.t1110'] }) && fits({ tags: ['ATTACK.cred*'] }) && !fits({ tags: ['attack.t111'] }))
  assert.ok(fits({ rules: ['00000000-*'] }) && !fits({ rules: ['0000'] }))
  assert.ok(fits({ title: 'FAILED login' }) && fits({ title: 'many*succeeded' }) && !fits({ title: 'many*failed' }))
  assert.ok(fits({ title: '/fail(ed|ure) logins?,/' }) && !fits({ title: '/^failed/' }))
  const hours = { zone: 'UTC', windows: [{ days: [7], from: '11:00', to: '13:00' }], outside: false }
  assert.ok(fits({ hours }) && !fits({ hours: { ...hours, outside: true } }))
  const misses = routeMisses({ ...route, severity: 'critical', tags: ['x.y'], title: 'none' }, notice, nowMs)
  assert.deepEqual(misses, [
    'high is below critical',
    'the rule has none of the tags x.y',
    'the title does not fit none'
  ])
  assert.equal(titleProblem('a(b'), undefined)
  assert.match(titleProblem('/a(b/') ?? '', /no regular expression/)
  assert.match(titleProblem('/(?=a)b/') ?? '', /no regular expression/)
})

test('templates fill in, leave out, and say what is wrong', () => {
  const render = (text: string, of = notice) => renderTemplate({ title: 'x', body: text }, of, undefined).body
  assert.equal(render('{{ severity }} {{entity.source.ip}} {{count}}'), 'high 192.0.2.17 14')
  assert.equal(
    render('a{{#url}} at {{url}}{{/url}}b{{#summary}}:{{#several}} {{summary}}{{/several}}{{/summary}}', {
      ...notice,
      summary: 'why'
    }),
    'ab: why'
  )
  assert.match(renderTemplate(ownTemplate, { ...notice, kind: 'closed' }, undefined).title, /anna \(is closed\)$/)
  assert.equal(render('{{entity.__proto__}}{{entity.constructor}}|'), '|')
  assert.equal(
    renderTemplate({ title: '{{url}}', body: '' }, notice, undefined).title,
    notice.rule.title,
    'a title is never empty'
  )
  const about = (text: string) => templateProblems(text).map(({ message }) => message)
  assert.deepEqual(about('{{severity}}{{#tags}}x{{/tags}}'), [])
  assert.deepEqual(about('{{sverity}}'), ['there is no {{sverity}}'])
  assert.deepEqual(about('{{#tags}}x'), ['{{#tags}} has no {{/tags}}'])
  assert.deepEqual(about('{{/tags}}'), ['{{/tags}} ends what has not begun'])
  assert.deepEqual(about(ownTemplate.title + ownTemplate.body), [])
  const evil = renderTemplate(
    { title: '{{title}}', body: '{{summary}}' },
    { ...notice, rule: { ...notice.rule, title: hostile }, summary: hostile },
    undefined
  )
  assert.doesNotMatch(evil.title, /[\u0000-\u001f\u202e]/)
  assert.doesNotMatch(evil.body, /[\u0007\u202e]/)
  fc.assert(fc.property(fc.string(), text => typeof render(text) === 'string' && Array.isArray(templateProblems(text))))
  const start = performance.now()
  render('{{#tags}}'.repeat(2000) + '{{'.repeat(5000))
  assert.ok(performance.now() - start < 500, 'a hostile template takes no time')
})

test('what each way would send: escaped, within the limits of the peer', () => {
  const context = { nowMs, hostName: 'watch' }
  const settings: Record<string, unknown> = { mail: { to: ['anna@example.org'] }, syslog: { facility: 16 } }
  const long = plainNotice({
    ...notice,
    rule: { ...notice.rule, title: hostile.repeat(200) },
    entity: { 'user.name': hostile.repeat(50) }
  })
  const evil = messageOf({ ...renderTemplate(ownTemplate, long, undefined), notices: [long] })
  const digest = messageOf({ kind: 'digest', notices: Array.from({ length: 50 }, () => long), count: 1000, body: '' })
  for (const message of [messageOf(), evil, digest, messageOf({ kind: 'test', notices: [], count: 0 })])
    for (const action of actions) {
      const shown = action.show(message, settings[action.kind] ?? {}, context)
      assert.ok(shown.length > 20, action.kind)
      assert.doesNotMatch(shown, /\u202e|\u0007/, action.kind)
      if (action.kind === 'slack') {
        const { blocks, text } = JSON.parse(shown) as {
          blocks: { type: string; text?: { text: string } }[]
          text: string
        }
        assert.ok(
          blocks.length <= 50 &&
            blocks.every(block => (block.text?.text.length ?? 0) <= (block.type === 'header' ? 150 : 3000))
        )
        assert.ok(
          !text.includes('<!') &&
            !blocks.some(block => block.text?.text.includes('<!channel>') && block.type !== 'header')
        )
      }
      if (action.kind === 'teams') assert.ok(Buffer.byteLength(shown) < 28_000, `${Buffer.byteLength(shown)} bytes`)
      if (action.kind === 'pagerduty') {
        const { payload, dedup_key } = JSON.parse(shown)
        assert.ok(payload.summary.length <= 1024 && dedup_key.length <= 255)
      }
    }
  assert.equal(escapeSlack('<@U1> & *x*'), '&lt;@U1&gt; &amp; *\u200bx*\u200b')
  const closed = actions.find(({ kind }) => kind === 'pagerduty')!
  const shown = JSON.parse(closed.show(messageOf({ notices: [{ ...notice, kind: 'closed' }] }), {}, context))
  assert.deepEqual([shown.event_action, shown.dedup_key], ['resolve', 'picket-0123-sample'])
})

test('syslog lines are of RFC 5424, escaped and never longer than what every receiver takes', () => {
  const [line = ''] = syslogLines(messageOf(), 16, 'watch')
  assert.match(
    line,
    /^<131>1 2026-03-01T12:00:00\.000Z watch picket \d+ alert \[picket@32473 key="pn_0123" id="sample" event="created"/
  )
  assert.match(line, / source\.ip="192\.0\.2\.17" user\.name="anna"\] \ufeff\[high\] Many failed logins/)
  const evil = syslogLines(
    messageOf({ title: 'x'.repeat(5000), notices: [{ ...notice, entity: { 'user.name': 'a"b]c\\d\ne' } }] }),
    0,
    'a b\u00e9'
  )
  assert.match(evil[0]!, /^<3>1 \S+ ab picket /)
  assert.ok(evil[0]!.includes('user.name="a\\"b\\]c\\\\d e"]'))
  assert.ok(Buffer.byteLength(evil[0]!) <= 2000)
  const wide = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`field.${i}`, '語"]'.repeat(200)]))
  const [cutLine = ''] = syslogLines(
    messageOf({ title: '語'.repeat(900), notices: [{ ...notice, entity: wide }] }),
    16,
    'w'
  )
  assert.match(cutLine, /field\.0="[^\ufeff]*"\] \ufeff語/, 'the text is cut, not what describes it')
  assert.ok(Buffer.byteLength(cutLine) <= 2000)
  assert.equal(syslogLines(messageOf({ kind: 'digest', notices: [notice, notice], count: 2 }), 16, 'w').length, 2)
})

test('answers that pass are tried again, others are not', () => {
  const kind = (status: number) => outcomeOf(status, '', undefined, undefined, nowMs).result
  for (const status of [200, 202, 204]) assert.equal(kind(status), 'sent')
  for (const status of [408, 425, 429, 500, 502, 503, 504]) assert.equal(kind(status), 'transient')
  for (const status of [301, 307, 400, 401, 403, 404, 410, 413, 501]) assert.equal(kind(status), 'permanent')
  const after = (text: string) => (outcomeOf(429, '', text, undefined, nowMs) as { retryAfterMs?: number }).retryAfterMs
  assert.deepEqual([after('7'), after('Sun, 01 Mar 2026 12:00:30 GMT'), after('soon')], [7000, 30_000, undefined])
})
