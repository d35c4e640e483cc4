/** What stands in an exported case for whoever opens it, perhaps years later and without Picket. */

import type { SigningKey } from '../platform/signing-key.ts'
import type { Case } from '../triage/case.ts'

export function readmeOf(about: Case, key: Pick<SigningKey, 'fingerprint'>): string {
  return `Case ${about.id}: ${about.title.replace(/[\x00-\x1f\x7f]/g, ' ')}
Exported by Picket, security monitoring that one person can run.

case.json       what the case is: its title, state, notes and history, and what else is in here
alerts/         each alert of the case: the rule and its version, the entity, severity, state, history, the events that are kept with it
events/         each of these events, and those that were attached, as ECS documents (Elastic Common Schema)
rules/          the text of each version of the rules that matched; case.json says which file is which
files/          files that were attached; case.json has their names as they were
audit.ndjson    the entries of the audit trail about the case and its alerts, one JSON object a line
SHA256SUMS      the SHA-256 of each of these files
SHA256SUMS.sig  the signature of SHA256SUMS: Ed25519 (RFC 8032), 64 bytes
signing-key.pub.pem
                the public key that it was made with; its fingerprint is
                ${key.fingerprint}

To check it with Picket, anywhere, without a network:

  picket case verify case-${about.id}.tar
  picket case verify case-${about.id}.tar --key key-that-you-were-given.pem

To check it without Picket, in this folder:

  sha256sum -c SHA256SUMS
  openssl pkeyutl -verify -pubin -inkey signing-key.pub.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig

The first says that no listed file was changed (look for files that are not listed, too); the second that the list is the one that the
holder of the key has signed. Whose key it is, the archive cannot say: compare the fingerprint with the one that the installation shows
(picket case key), over a way that you trust. To compute it:

  openssl pkey -pubin -in signing-key.pub.pem -outform DER | openssl dgst -sha256 -binary | base64

Each line of audit.ndjson carries the hash of the entry before it ("previous") and its own ("hash"):
hash = SHA-256 of the JSON array [previous, id, timeMs, actor, action, object, detail as JSON text, ip], in hexadecimal.
`
}
