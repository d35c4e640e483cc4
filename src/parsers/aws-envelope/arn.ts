/** `arn:partition:service:region:account:resource` */

export type Arn = { readonly region: string | undefined; readonly account: string | undefined }

export function arnParts(arn: string | undefined): Arn | undefined {
  if (arn?.startsWith('arn:') !== true || arn.length > 2048) return undefined
  const parts = arn.split(':', 6)
  return { region: parts[3] || undefined, account: parts[4] || undefined }
}

/** `cloud.*` of who sent it. */
export function cloudOf(account: string | undefined, region: string | undefined): object {
  return { provider: 'aws', account: account === undefined ? undefined : { id: account }, region }
}
