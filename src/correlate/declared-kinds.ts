/** How documents of our own detections are told from Sigma's. */

export const declaredKinds = ['threshold', 'baseline', 'first-seen', 'beacon', 'silence'] as const

/** Is a document one of ours? Then Sigma's reader leaves it to `declared.ts`. */
export function isDeclared(document: Readonly<Record<string, unknown>>): boolean {
  return document['detection'] === undefined && declaredKinds.some(kind => document[kind] !== undefined)
}
