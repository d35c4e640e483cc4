/** Hashes of attachments. Pure code has none of its own: who runs it may lend one (`node:crypto`'s, in workers and in `picket parse`). */

export type Digests = { readonly md5: string; readonly sha1: string; readonly sha256: string }

let lent: ((bytes: Uint8Array) => Digests) | undefined

export function lendDigest(digest: (bytes: Uint8Array) => Digests): void {
  lent = digest
}

export function digestOf(bytes: Uint8Array): Digests | undefined {
  return lent?.(bytes)
}
