/** Who makes room: for connections and for bytes. */

import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { Room } from './room.ts'

test('an address with few connections gets in where one address has nearly all', () => {
  const room = new Room()
  const crowd = Array.from({ length: 5 }, (_, i) => room.add(new Socket(), 'crowd', i * 10))
  const lone = room.add(new Socket(), 'lone', 0)
  assert.equal(room.whoMakesRoom('new', 500), undefined, 'nobody has been silent for long')
  assert.equal(room.whoMakesRoom('new', 1000)?.socket, crowd[0]!.socket)
  room.heard(crowd[0]!.socket, 900)
  assert.equal(room.whoMakesRoom('new', 1100)?.socket, crowd[1]!.socket)
  // The crowd itself gets a place only of one that has been silent for a minute, whoever that is.
  assert.equal(room.whoMakesRoom('crowd', 1100), undefined)
  assert.equal(room.whoMakesRoom('crowd', 60_000)?.socket, lone.socket)
  // Who waits for an answer is not silent.
  for (const { socket } of crowd) room.heard(socket, Number.POSITIVE_INFINITY)
  room.heard(lone.socket, 59_000)
  assert.equal(room.whoMakesRoom('new', 60_000), undefined)
  for (const { socket } of crowd) room.remove(socket)
  assert.equal(room.size, 1)
  assert.equal(room.whoMakesRoom('new', 61_000), undefined)
})

test('of too many unfinished bytes, the message that was begun first goes', () => {
  const room = new Room()
  const [slow, quick, late] = ['a', 'b', 'c'].map(address => room.add(new Socket(), address, 0))
  room.holds(slow!, 10, 1)
  room.holds(quick!, 60, 2)
  room.holds(late!, 30, 3)
  assert.equal(room.whoHoldsTooLong(100), undefined)
  room.holds(quick!, 0, 4)
  room.holds(quick!, 70, 5)
  assert.equal(room.whoHoldsTooLong(100)?.address, 'a')
  room.remove(slow!.socket)
  assert.equal(room.whoHoldsTooLong(100), undefined)
  room.holds(late!, 40, 6)
  assert.equal(room.whoHoldsTooLong(100)?.address, 'c')
  // One that has gone counts no more.
  room.holds(slow!, 1000, 7)
  room.remove(late!.socket)
  assert.equal(room.whoHoldsTooLong(100), undefined)
})
