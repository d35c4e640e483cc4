/**
 * Distinguished names as Suricata prints them (`C=US, O=Google Inc, CN=*.google.com`), taken apart into ECS `x509.*` names.
 * An attribute begins where, after a space, a name and `=` follow: values may hold commas, with or without a backslash.
 */

import { Recent } from '../shared/recent.ts'

/** ECS has lists here, as an attribute may occur more than once. */
export type DistinguishedName = {
  common_name: string[] | undefined
  country: string[] | undefined
  locality: string[] | undefined
  organization: string[] | undefined
  organizational_unit: string[] | undefined
  state_or_province: string[] | undefined
}

const lengthMax = 4096
const rememberedLengthMax = 512
const recent = new Recent<DistinguishedName>(4096)

/** The result is shared: it must not be changed. What comes after the first 4,096 characters is not looked at. */
export function distinguishedName(text: string): DistinguishedName {
  if (text.length > rememberedLengthMax) return parse(text.slice(0, lengthMax))
  const known = recent.get(text)
  if (known !== undefined) return known
  const made = parse(text)
  recent.set(text, made)
  return made
}

function parse(text: string): DistinguishedName {
  const name: DistinguishedName = {
    common_name: undefined,
    country: undefined,
    locality: undefined,
    organization: undefined,
    organizational_unit: undefined,
    state_or_province: undefined
  }
  let equals = attributeEnd(text, 0)
  let start = 0
  while (equals >= 0) {
    let next = -1
    let nextEquals = -1
    for (let space = text.indexOf(' ', equals); space >= 0; space = text.indexOf(' ', space + 1)) {
      nextEquals = attributeEnd(text, space + 1)
      if (nextEquals < 0) continue
      next = space
      break
    }
    let end = next < 0 ? text.length : next
    if (next >= 0 && text.charCodeAt(end - 1) === 44) end--
    add(name, text.slice(start, equals), text.slice(equals + 1, end).replaceAll('\\,', ','))
    start = next + 1
    equals = next < 0 ? -1 : nextEquals
  }
  return name
}

/** Where the `=` of an attribute that begins at `at` stands; -1 if none begins there. */
function attributeEnd(text: string, at: number): number {
  for (let i = at; i < text.length && i < at + 64; i++) {
    const c = text.charCodeAt(i)
    if (c === 61) return i > at ? i : -1
    const lower = c | 32
    if (!((lower >= 97 && lower <= 122) || (c >= 48 && c <= 57) || c === 46)) return -1
  }
  return -1
}

function add(name: DistinguishedName, attribute: string, value: string): void {
  if (value === '') return
  switch (attribute) {
    case 'CN':
      name.common_name = appended(name.common_name, value)
      break
    case 'C':
      name.country = appended(name.country, value)
      break
    case 'L':
      name.locality = appended(name.locality, value)
      break
    case 'O':
      name.organization = appended(name.organization, value)
      break
    case 'OU':
      name.organizational_unit = appended(name.organizational_unit, value)
      break
    case 'ST':
      name.state_or_province = appended(name.state_or_province, value)
  }
}

function appended(values: string[] | undefined, value: string): string[] {
  if (values === undefined) return [value]
  if (values.length < 64) values.push(value)
  return values
}
