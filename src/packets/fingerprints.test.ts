/** Fingerprints against examples that their makers have published, and Community ID against those of its specification. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { communityId } from '../core/community-id.ts'
import { ja3Of, ja4Alpn, ja4Of } from './apps/tls-fingerprints.ts'
import type { ClientHello } from './apps/tls-hello.ts'
import { asciiBytes } from './octets.ts'

const hex = (list: string): number[] => list.split(',').map(value => Number.parseInt(value, 16))

/** The example of FoxIO's technical_details/JA4.md. */
const example: ClientHello = {
  version: 0x0303,
  session: '',
  ciphers: hex('4a4a,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035'),
  extensions: hex('1a1a,001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015'),
  groups: [],
  pointFormats: [],
  signatures: hex('0403,0804,0401,0503,0805,0501,0806,0601'),
  versions: [0x0304, 0x0303],
  alpn: ['h2', 'http/1.1'],
  firstAlpn: asciiBytes('h2'),
  serverName: 'example.com',
  hasVersions: true
}

test('JA4: the published example, without signatures, without anything', () => {
  assert.equal(ja4Of(example, 't'), 't13d1516h2_8daaf6152771_e5627efa2ab1')
  assert.equal(ja4Of({ ...example, signatures: [] }, 'q'), 'q13d1516h2_8daaf6152771_6d807ffa2a79')
  const bare = { ...example, ciphers: [], extensions: [], signatures: [], firstAlpn: undefined, hasVersions: false }
  assert.equal(ja4Of(bare, 't'), 't12i000000_000000000000_000000000000')
})

test('JA4: the first and last character of ALPN', () => {
  for (const [octets, characters] of [
    [[0xab], 'ab'],
    [[0xab, 0xcd], 'ad'],
    [[0x30, 0xab], '3b'],
    [[0x30, 0x31, 0xab, 0xcd], '3d'],
    [[0x30, 0xab, 0xcd, 0x31], '01'],
    [[0x68], 'hh'],
    [[...asciiBytes('http/1.1')], 'h1'],
    [[], '00']
  ] as const)
    assert.equal(ja4Alpn(Uint8Array.from(octets)), characters)
})

test('JA3: the example of its makers', () => {
  const hello: ClientHello = {
    ...example,
    version: 769,
    ciphers: [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
    extensions: [0, 10, 11],
    groups: [23, 24, 25],
    pointFormats: [0]
  }
  assert.deepEqual(ja3Of(hello), {
    ja3: 'ada70206e40642a3e4461f35503241d5',
    ja3_full: '769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0'
  })
})

test('Community ID: vectors of the specification, either way round', () => {
  for (const [source, sourcePort, destination, destinationPort, transport, id] of [
    ['128.232.110.120', 34855, '66.35.250.204', 80, 'tcp', '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    ['192.168.1.52', 54585, '8.8.8.8', 53, 'udp', '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
    ['192.168.170.8', 7, '192.168.170.56', 80, 'sctp', '1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=']
  ] as const) {
    const there = { sourceIp: source, sourcePort, destinationIp: destination, destinationPort, transport }
    const back = {
      ...there,
      sourceIp: destination,
      sourcePort: destinationPort,
      destinationIp: source,
      destinationPort: sourcePort
    }
    assert.equal(communityId(there), id)
    assert.equal(communityId(back), id)
  }
  const ping = { sourceIp: '192.168.0.89', destinationIp: '192.168.0.1', transport: 'icmp', icmpType: 8, icmpCode: 0 }
  assert.equal(communityId(ping), '1:X0snYXpgwiv9TZtqg64sgzUn6Dk=')
  assert.equal(
    communityId({
      sourceIp: 'fe80::200:86ff:fe05:80da',
      destinationIp: 'fe80::260:97ff:fe07:69ea',
      transport: 'ipv6-icmp',
      icmpType: 135,
      icmpCode: 0
    }),
    '1:dGHyGvjMfljg6Bppwm3bg0LO8TY='
  )
})
