/** Which rows of a list are selected, and how that changes: one, up to here, all. Pure. */

export type Selection = {
  readonly ids: ReadonlySet<string>
  /** Where a range begins: what was selected last. */
  readonly anchor: string | undefined
}

export const nothingSelected: Selection = { ids: new Set(), anchor: undefined }

export function toggled({ ids }: Selection, id: string): Selection {
  const next = new Set(ids)
  if (!next.delete(id)) next.add(id)
  return { ids: next, anchor: id }
}

/** All from the anchor up to `id`, in the order of the list, besides what was selected. */
export function rangeTo(selection: Selection, order: readonly string[], id: string): Selection {
  const to = order.indexOf(id)
  const from = selection.anchor === undefined ? to : order.indexOf(selection.anchor)
  if (to < 0) return selection
  if (from < 0) return { ids: new Set([...selection.ids, id]), anchor: id }
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1)
  return { ids: new Set([...selection.ids, ...range]), anchor: selection.anchor ?? id }
}

export function allOf(order: readonly string[]): Selection {
  return { ids: new Set(order), anchor: order[0] }
}

/** Without those that are not in the list any more. */
export function stillThere(selection: Selection, order: readonly string[]): Selection {
  const there = new Set(order)
  if ([...selection.ids].every(id => there.has(id))) return selection
  return { ids: new Set([...selection.ids].filter(id => there.has(id))), anchor: selection.anchor }
}
