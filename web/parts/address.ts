/** Reading what stands in an address: text from outside, taken only as far as it is known. Pure. */

export type Address = Record<string, unknown>

export function textOf(address: Address, key: string): string | undefined {
  const value = address[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function oneOf<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find(each => each === value)
}
