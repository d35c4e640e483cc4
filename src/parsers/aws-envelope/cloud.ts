/** `cloud.*` of who sent it. */
export function cloudOf(account: string | undefined, region: string | undefined): object {
  return { provider: 'aws', account: account === undefined ? undefined : { id: account }, region }
}
