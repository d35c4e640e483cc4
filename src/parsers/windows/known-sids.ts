/** Accounts that are the same on every Windows, by SID: what `winlog.user` tells where only the SID is in the record ([MS-DTYP] 2.4.2.4). */

export type Account = { readonly name: string; readonly domain: string; readonly type: string }

const accounts: ReadonlyMap<string, Account> = new Map(
  [
    ['S-1-5-7', 'ANONYMOUS LOGON'],
    ['S-1-5-17', 'IUSR'],
    ['S-1-5-18', 'SYSTEM'],
    ['S-1-5-19', 'LOCAL SERVICE'],
    ['S-1-5-20', 'NETWORK SERVICE']
  ].map(([sid, name]) => [sid!, { name: name!, domain: 'NT AUTHORITY', type: 'Well Known Group' }])
)

export function knownAccount(sid: string | undefined): Account | undefined {
  return sid === undefined ? undefined : accounts.get(sid)
}
