import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPassword, isOutdated, passwordProblem, unknownUserHash, verifyPassword } from './password.ts'

test('a password matches its own hash and no other, however its letters were typed', async () => {
  const hash = await hashPassword('pässword for picket')
  assert.match(hash, /^\$argon2id\$v=19\$m=65536,t=3,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  assert.equal(await verifyPassword('pässword for picket', hash), true)
  assert.equal(await verifyPassword('pa\u0308ssword for picket', hash), true)
  assert.equal(await verifyPassword('passw0rd for picket', hash), false)
  assert.equal(await verifyPassword('', unknownUserHash), false)
  assert.equal(isOutdated(hash), false)
  assert.notEqual(await hashPassword('pässword for picket'), hash)
})

test('argon2id as its reference implementation has it (phc-winner-argon2, test.c)', async () => {
  const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  assert.equal(await verifyPassword('password', reference), true)
  assert.equal(isOutdated(reference), true)
})

test('a hash that cannot be read, or asks for too much, matches nothing', async () => {
  for (const hash of [
    '',
    'x',
    '$argon2i$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    unknownUserHash.replace('65536', '9999999')
  ])
    assert.equal(await verifyPassword('password', hash), false, hash)
})

test('passwords are long, and not the user name; nothing else is asked', () => {
  const accepted = ['correct horse battery', 'aaaaaaaaaaaa', '密码密码密码密码密码密码', 'Anna likes long passwords']
  for (const password of accepted) assert.equal(passwordProblem(password, 'anna'), undefined, password)
  assert.match(passwordProblem('short', 'anna')!, /at least 12/)
  assert.match(passwordProblem('x'.repeat(257), 'anna')!, /at most 256/)
  assert.match(passwordProblem('annaannaanna', 'anna')!, /user name/)
  assert.match(passwordProblem('Administrator', 'administrator')!, /user name/)
  assert.match(passwordProblem('administrator123', 'administrator')!, /user name/)
})
