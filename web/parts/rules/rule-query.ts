/** A rule as a search: the events that its log source means, and what it looks for in them. Pure. */

export function ruleAsQuery({ route, query }: { route?: string | undefined; query?: string | undefined }): string {
  const parts = [route, query].filter(part => part !== undefined && part !== '' && part !== '*')
  return parts.length > 1 ? parts.map(part => `(${part})`).join(' and ') : (parts[0] ?? '')
}
