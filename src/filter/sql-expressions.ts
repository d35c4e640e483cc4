/**
 * The ClickHouse expressions that the store's text indexes stand on, and the others that both schema and queries need. A query uses an
 * index only if it says the very same expression: so the DDL and `toSql` both take it from here. Changing one asks for a migration.
 */

import { columnOf, pivotFields, textFields } from '../core/columns.ts'

function nameOf(field: string): string {
  const column = columnOf(field)
  if (column === undefined) throw new Error(`invariant broken: ${field} has no column`)
  return column.name
}

/** The canonical text of an IPv6 column: IPv4 addresses without the `::ffff:` of their mapping. */
export function addressSql(column: string): string {
  const text = `IPv6NumToString(${column})`
  return `substring(${text}, if(startsWith(${text}, '::ffff:') AND position(${text}, '.') > 0, 8, 1))`
}

/** The text of a time column as documents show it: `2018-10-03T14:42:44.836Z`. */
export function timeTextSql(column: string): string {
  return `concat(replaceOne(substring(toString(${column}), 1, 23), ' ', 'T'), 'Z')`
}

/** What bare words are looked for in: the text fields in lower case, with a character between them that no word crosses. */
export const textExpression: string = `lower(concatWithSeparator('\\x1f', ${textFields.map(nameOf).join(', ')}))`

/** The whole values, in lower case, that a pivot finds: an array of texts. Absent ones are '' or '::', or missing where the field is a list. */
export const pivotExpression: string = (() => {
  const single = pivotFields.filter(field => columnOf(field)?.type !== 'words')
  const lists = pivotFields.filter(field => columnOf(field)?.type === 'words')
  const texts = single.map(field => {
    const name = nameOf(field)
    return columnOf(field)?.type === 'ip' ? addressSql(name) : `lower(${name})`
  })
  const array = `[${texts.join(', ')}]`
  if (lists.length === 0) return array
  return `arrayConcat(${[array, ...lists.map(field => `arrayMap(v -> lower(v), ${nameOf(field)})`)].join(', ')})`
})()

/** The values of all fields without a column, in lower case: an array of texts. */
export const valuesExpression = 'arrayMap(v -> lower(v), mapValues(fields))'

/** The time that the text `v` spells, as `timeOfText` reads it; NULL if it spells none. */
export function timeOfTextSql(v: string): string {
  const hour = '([01][0-9]|2[0-3])'
  const minute = '[0-5][0-9]'
  const date = '(19[0-9][0-9]|2[01][0-9][0-9]|22[0-4][0-9]|225[0-4])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
  const shape = `^${date}[Tt ]${hour}:${minute}:([0-5][0-9]|60)([.,][0-9]+)?([Zz]|[+-]${hour}(:?${minute})?)?$`
  return `if(length(${v}) <= 40 AND match(${v}, '${shape}'), parseDateTime64BestEffortOrNull(translate(${v}, 'tz,', 'TZ.'), 6, 'UTC'), NULL)`
}

/** The number that the text `v` spells, as `numberOfText` reads it; NULL if it spells none (`inf` and `nan` are none). */
export function numberOfTextSql(v: string): string {
  return `if(positionCaseInsensitive(${v}, 'n') > 0, NULL, toFloat64OrNull(${v}))`
}

/** The address that the text `v` spells, as `writeIp` reads it (ClickHouse also reads `1:::2` and `::01.2.3.4`); NULL if it spells none. */
export function ipOfTextSql(v: string): string {
  return `if(match(${v}, ':::|:0[0-9]+[.]|[.]0[0-9]+([.]|$)'), NULL, toIPv6OrNull(${v}))`
}

/** The canonical text of that address; NULL if the text spells none. */
export function addressOfTextSql(v: string): string {
  return addressSql(ipOfTextSql(v))
}

const protocols: readonly (readonly [string, number])[] = [
  ['icmp', 1],
  ['igmp', 2],
  ['tcp', 6],
  ['udp', 17],
  ['gre', 47],
  ['esp', 50],
  ['ipv6-icmp', 58],
  ['icmp6', 58],
  ['icmpv6', 58],
  ['sctp', 132]
]

/**
 * The Community ID (`1:…`) of the row's 5-tuple, or '' where it has none: `network.community_id` is not stored.
 * See `core/community-id.ts` for the algorithm and its source.
 */
export const communityIdExpression: string = (() => {
  // `let` by a lambda over arrays of one element: each value is named once.
  const given = (values: Readonly<Record<string, string>>, body: string): string =>
    `arrayMap((${Object.keys(values).join(', ')}) -> ${body}, ${Object.values(values)
      .map(value => `[${value}]`)
      .join(', ')})[1]`
  const bytes = (ip: string): string => `toFixedString(reinterpretAsString(${ip}), 16)`
  // The first of a field's texts in the map ('' if there is none); `fields['…']` may give another.
  const first = (field: string): string => `arrayFirst((v, k) -> k = '${field}', mapValues(fields), mapKeys(fields))`
  // A number that the map holds as text; -1 if there is none.
  const mapped = (field: string): string => {
    const number = `toUInt16OrZero(${first(field)})`
    return `if(toString(${number}) = ${first(field)}, toInt32(${number}), toInt32(-1))`
  }
  const port = (column: string, field: string): string =>
    `if(${column} != 0, toInt32(${column}), if(${first(field)} = '0', toInt32(0), toInt32(-1)))`
  const names = `[${protocols.map(([name]) => `'${name}'`).join(', ')}]`
  const numbers = `[${protocols.map(([, number]) => number).join(', ')}]`
  const port16 = (value: string): string => `char(intDiv(${value}, 256), ${value} % 256)`
  const id =
    `concat('1:', base64Encode(SHA1(concat(char(0, 0), if(swap, b, a), if(swap, a, b), char(protocol, 0), ` +
    `if(ports, concat(${port16('if(swap, second, first)')}, ${port16('if(swap, first, second)')}), '')))))`
  const ofOrder = given(
    { swap: 'NOT one_way AND (a > b OR (a = b AND ports AND first > second))' },
    `if(known AND protocol BETWEEN 0 AND 255 AND NOT (ports AND (first < 0 OR second < 0)), ${id}, '')`
  )
  const ofPorts = given(
    {
      ports: 'protocol IN (1, 6, 17, 58, 132)',
      second: `if(icmp, if(counterpart >= 0, counterpart, if(code >= 0, code, port2)), port2)`,
      one_way: 'icmp AND counterpart < 0'
    },
    ofOrder
  )
  const ofCounterpart = given(
    {
      counterpart:
        `if(protocol = 1, toInt32(transform(first, [0, 8, 9, 10, 13, 14, 15, 16, 17, 18], [8, 0, 10, 9, 14, 13, 16, 15, 18, 17], -1)), ` +
        `toInt32(transform(first, [128, 129, 133, 134, 135, 136, 130, 131, 144, 145], [129, 128, 134, 133, 136, 135, 131, 130, 145, 144], -1)))`
    },
    ofPorts
  )
  const ofFirst = given(
    { icmp: 'protocol IN (1, 58)', first: 'if(protocol IN (1, 58) AND type >= 0, type, port1)' },
    ofCounterpart
  )
  const short = (name: string): string => `if(startsWith(${name}, mapping), substring(${name}, 13), toString(${name}))`
  const ofBytes = given(
    {
      a: short('source'),
      b: short('destination'),
      known: 'both AND startsWith(source, mapping) = startsWith(destination, mapping)',
      protocol:
        `if(match(transport, '^[0-9]{1,3}$'), toInt32(toUInt16OrZero(transport)), ` +
        `toInt32(transform(transport, ${names}, ${numbers}, -1)))`
    },
    ofFirst
  )
  return given(
    {
      source: bytes('source_ip'),
      destination: bytes('destination_ip'),
      both: "source_ip != toIPv6('::') AND destination_ip != toIPv6('::')",
      mapping: "unhex('00000000000000000000FFFF')",
      transport: "lower(toString(if(network_iana_number != '', network_iana_number, network_transport)))",
      port1: port('source_port', 'source.port'),
      port2: port('destination_port', 'destination.port'),
      type: mapped('icmp.type'),
      code: mapped('icmp.code')
    },
    ofBytes
  )
})()
