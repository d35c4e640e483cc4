import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonElements } from './json-elements.ts'

test('documents are cut into their records', () => {
  assert.deepEqual(jsonElements('[{"a":1}, {"b":"]}"}]'), ['{"a":1}', '{"b":"]}"}'])
  assert.deepEqual(jsonElements('{"Records":[{"a":1},{"b":{"c":[{}]}}]}'), ['{"a":1}', '{"b":{"c":[{}]}}'])
  assert.deepEqual(jsonElements('{"messageType":"DATA","logEvents":[{"id":1}],"owner":"x"}'), ['{"id":1}'])
  assert.deepEqual(jsonElements('{\n "things": [ {"a":1} ]\n}'), ['{"a":1}'])
  assert.deepEqual(jsonElements('{"eventID":"x","resources":[{"arn":"y"}]}'), [
    '{"eventID":"x","resources":[{"arn":"y"}]}'
  ])
  assert.deepEqual(jsonElements('{\n "a": 1\n}\n{\n "b": "\\"}"\n}'), ['{\n "a": 1\n}', '{\n "b": "\\"}"\n}'])
  assert.deepEqual(jsonElements('{"a":[1,2]}'), ['{"a":[1,2]}'])
})

test('what is cut off or broken is left out', () => {
  assert.deepEqual(jsonElements('[{"a":1},{"b":'), ['{"a":1}'])
  assert.deepEqual(jsonElements('{"Records":[{"a":1},{"b":"'), ['{"a":1}'])
  assert.deepEqual(jsonElements('{"a":'), [])
  assert.deepEqual(jsonElements('no json'), [])
  assert.deepEqual(jsonElements('[1,"x",{"a":1}]'), ['{"a":1}'])
  assert.deepEqual(jsonElements(']}]}'), [])
  assert.deepEqual(jsonElements('[{"a":1},{"b":2},{"c":3}]', 2), ['{"a":1}', '{"b":2}'])
})
