/** Where the panels of a dashboard stand: boxes in a grid of 12 columns that never overlap and leave no gap above them. Pure. */

export type Box = {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

export const gridColumns = 12
export const rowsMax = 40

/** Each box falls up upon those before it in its columns; one that was just moved goes before those it was put upon. */
export function settle<T extends Box>(boxes: readonly T[], movedId?: string): T[] {
  const first = (box: Box) => (box.id === movedId ? 0 : 1)
  const order = [...boxes].sort((a, b) => a.y - b.y || first(a) - first(b) || a.x - b.x)
  const placed: T[] = []
  for (const box of order) {
    const above = placed.filter(other => other.x < box.x + box.w && box.x < other.x + other.w)
    placed.push({ ...box, y: Math.max(0, ...above.map(other => other.y + other.h)) })
  }
  const byId = new Map(placed.map(box => [box.id, box]))
  return boxes.map(box => byId.get(box.id)!)
}

const within = (value: number, low: number, high: number) => Math.min(high, Math.max(low, Math.round(value)))

export function moveBox<T extends Box>(boxes: readonly T[], id: string, x: number, y: number): T[] {
  const moved = boxes.map(box =>
    box.id === id ? { ...box, x: within(x, 0, gridColumns - box.w), y: within(y, 0, 1000) } : box
  )
  return settle(moved, id)
}

export function resizeBox<T extends Box>(boxes: readonly T[], id: string, w: number, h: number): T[] {
  const resized = boxes.map(box =>
    box.id === id ? { ...box, w: within(w, 2, gridColumns - box.x), h: within(h, 2, rowsMax) } : box
  )
  return settle(resized, id)
}

/** A box further down or up by a whole neighbour, for the keyboard: a step of one row would change nothing. */
export function stepBox<T extends Box>(boxes: readonly T[], id: string, dx: number, dy: number): T[] {
  const box = boxes.find(each => each.id === id)
  if (box === undefined) return [...boxes]
  if (dy === 0) return moveBox(boxes, id, box.x + dx, box.y)
  const shares = boxes.filter(each => each.id !== id && each.x < box.x + box.w && box.x < each.x + each.w)
  if (dy < 0) {
    const above = shares.filter(each => each.y < box.y).sort((a, b) => b.y - a.y)[0]
    return above === undefined ? [...boxes] : moveBox(boxes, id, box.x, above.y)
  }
  const below = shares.filter(each => each.y >= box.y + box.h).sort((a, b) => a.y - b.y)[0]
  return below === undefined ? [...boxes] : moveBox(boxes, id, box.x, below.y + 1)
}

/** Below everything, as wide as asked. */
export function placeBelow(boxes: readonly Box[]): number {
  return Math.max(0, ...boxes.map(box => box.y + box.h))
}
