/** The Security log's numbers and what they mean, as Microsoft's audit documentation gives them. */

import { decodeNumber } from './win-event.ts'

const pairs = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .trim()
      .split('\n')
      .map(line => {
        const at = line.indexOf(' ')
        return [line.slice(0, at), line.slice(at + 1)]
      })
  )

/** Event 4624, "Logon Type". */
export const logonTypes: ReadonlyMap<string, string> = new Map(
  '2 Interactive,3 Network,4 Batch,5 Service,7 Unlock,8 NetworkCleartext,9 NewCredentials,10 RemoteInteractive,11 CachedInteractive'
    .split(',')
    .map(one => one.split(' ') as [string, string])
)

type Flag = readonly [bit: number, name: string]

const flags = (first: number, names: string): readonly Flag[] =>
  names.split(' ').map((name, i) => [first * 2 ** i, name] as const)

/** USER_ACCOUNT codes ([MS-SAMR] 2.2.1.12). */
const accountFlags = flags(
  1,
  'USER_ACCOUNT_DISABLED USER_HOME_DIRECTORY_REQUIRED USER_PASSWORD_NOT_REQUIRED USER_TEMP_DUPLICATE_ACCOUNT ' +
    'USER_NORMAL_ACCOUNT USER_MNS_LOGON_ACCOUNT USER_INTERDOMAIN_TRUST_ACCOUNT USER_WORKSTATION_TRUST_ACCOUNT ' +
    'USER_SERVER_TRUST_ACCOUNT USER_DONT_EXPIRE_PASSWORD USER_ACCOUNT_AUTO_LOCKED USER_ENCRYPTED_TEXT_PASSWORD_ALLOWED ' +
    'USER_SMARTCARD_REQUIRED USER_TRUSTED_FOR_DELEGATION USER_NOT_DELEGATED USER_USE_DES_KEY_ONLY ' +
    'USER_DONT_REQUIRE_PREAUTH USER_PASSWORD_EXPIRED USER_TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION ' +
    'USER_NO_AUTH_DATA_REQUIRED USER_PARTIAL_SECRETS_ACCOUNT USER_USE_AES_KEYS'
)

/** Event 4768, "Ticket Options". */
const ticketFlags: readonly Flag[] = [
  ...flags(
    0x10000,
    'Name-canonicalize Request-anonymous Ok-as-delegate Transited-policy-checked Opt-hardware-auth Pre-authent Initial Renewable ' +
      'Invalid Postdated Allow-postdate Proxy Proxiable Forwarded Forwardable'
  ),
  [0x20, 'Disable-transited-check'],
  [0x10, 'Renewable-ok'],
  [0x8, 'Enc-tkt-in-skey'],
  [0x2, 'Renew'],
  [0x1, 'Validate']
]

/** [MS-ADTS] access rights. `Delete Treee` is how Elastic spells it, and how people search for it. */
const accessFlags: readonly Flag[] = [
  [0x1, 'Create Child'],
  [0x2, 'Delete Child'],
  [0x4, 'List Contents'],
  [0x8, 'SELF'],
  [0x10, 'Read Property'],
  [0x20, 'Write Property'],
  [0x40, 'Delete Treee'],
  [0x80, 'List Object'],
  [0x100, 'Control Access'],
  [0x10000, 'DELETE'],
  [0x20000, 'READ_CONTROL'],
  [0x40000, 'WRITE_DAC'],
  [0x80000, 'WRITE_OWNER'],
  [0x100000, 'SYNCHRONIZE'],
  [0x1000000, 'ADS_RIGHT_ACCESS_SYSTEM_SECURITY'],
  [0x10000000, 'ADS_RIGHT_GENERIC_ALL'],
  [0x20000000, 'ADS_RIGHT_GENERIC_EXECUTE'],
  [0x40000000, 'ADS_RIGHT_GENERIC_WRITE'],
  [0x80000000, 'ADS_RIGHT_GENERIC_READ']
]

function namesOf(value: number | undefined, known: readonly Flag[]): string[] | undefined {
  if (value === undefined || value > 0xffffffff) return undefined
  const found = known.filter(([bit]) => (value & bit) >>> 0 === bit).map(([, name]) => name)
  return found.length === 0 ? undefined : found
}

export const accountControlNames = (mask: string | undefined) => namesOf(decodeNumber(mask), accountFlags)
export const ticketOptionNames = (mask: string | undefined) => namesOf(decodeNumber(mask), ticketFlags)
export const accessNames = (mask: number) => namesOf(mask, accessFlags)

export const ticketEncryption = pairs(`
0x1 DES-CBC-CRC
0x3 DES-CBC-MD5
0x11 AES128-CTS-HMAC-SHA1-96
0x12 AES256-CTS-HMAC-SHA1-96
0x17 RC4-HMAC
0x18 RC4-HMAC-EXP
0xffffffff FAIL
`)

/** RFC 4120, 7.5.9, as event 4768 writes them. */
export const kerberosStatus = pairs(`
0x0 KDC_ERR_NONE
0x1 KDC_ERR_NAME_EXP
0x2 KDC_ERR_SERVICE_EXP
0x3 KDC_ERR_BAD_PVNO
0x4 KDC_ERR_C_OLD_MAST_KVNO
0x5 KDC_ERR_S_OLD_MAST_KVNO
0x6 KDC_ERR_C_PRINCIPAL_UNKNOWN
0x7 KDC_ERR_S_PRINCIPAL_UNKNOWN
0x8 KDC_ERR_PRINCIPAL_NOT_UNIQUE
0x9 KDC_ERR_NULL_KEY
0xa KDC_ERR_CANNOT_POSTDATE
0xb KDC_ERR_NEVER_VALID
0xc KDC_ERR_POLICY
0xd KDC_ERR_BADOPTION
0xe KDC_ERR_ETYPE_NOTSUPP
0xf KDC_ERR_SUMTYPE_NOSUPP
0x10 KDC_ERR_PADATA_TYPE_NOSUPP
0x11 KDC_ERR_TRTYPE_NO_SUPP
0x12 KDC_ERR_CLIENT_REVOKED
0x13 KDC_ERR_SERVICE_REVOKED
0x14 KDC_ERR_TGT_REVOKED
0x15 KDC_ERR_CLIENT_NOTYET
0x16 KDC_ERR_SERVICE_NOTYET
0x17 KDC_ERR_KEY_EXPIRED
0x18 KDC_ERR_PREAUTH_FAILED
0x19 KDC_ERR_PREAUTH_REQUIRED
0x1a KDC_ERR_SERVER_NOMATCH
0x1b KDC_ERR_MUST_USE_USER2USER
0x1f KRB_AP_ERR_BAD_INTEGRITY
0x20 KRB_AP_ERR_TKT_EXPIRED
0x21 KRB_AP_ERR_TKT_NYV
0x22 KRB_AP_ERR_REPEAT
0x23 KRB_AP_ERR_NOT_US
0x24 KRB_AP_ERR_BADMATCH
0x25 KRB_AP_ERR_SKEW
0x26 KRB_AP_ERR_BADADDR
0x27 KRB_AP_ERR_BADVERSION
0x28 KRB_AP_ERR_MSG_TYPE
0x29 KRB_AP_ERR_MODIFIED
0x2a KRB_AP_ERR_BADORDER
0x2c KRB_AP_ERR_BADKEYVER
0x2d KRB_AP_ERR_NOKEY
0x2e KRB_AP_ERR_MUT_FAIL
0x2f KRB_AP_ERR_BADDIRECTION
0x30 KRB_AP_ERR_METHOD
0x31 KRB_AP_ERR_BADSEQ
0x32 KRB_AP_ERR_INAPP_CKSUM
0x33 KRB_AP_PATH_NOT_ACCEPTED
0x34 KRB_ERR_RESPONSE_TOO_BIG
0x3c KRB_ERR_GENERIC
0x3d KRB_ERR_FIELD_TOOLONG
0x3e KDC_ERR_CLIENT_NOT_TRUSTED
0x3f KDC_ERR_KDC_NOT_TRUSTED
0x40 KDC_ERR_INVALID_SIG
0x41 KDC_ERR_KEY_TOO_WEAK
0x42 KRB_AP_ERR_USER_TO_USER_REQUIRED
0x43 KRB_AP_ERR_NO_TGT
0x44 KDC_ERR_WRONG_REALM
`)

/** Events 4625 and 4776, "Status" and "Sub Status". */
export const logonStatus = pairs(`
0xc000005e There are currently no logon servers available to service the logon request.
0xc0000064 User logon with misspelled or bad user account
0xc000006a User logon with misspelled or bad password
0xc000006d This is either due to a bad username or authentication information
0xc000006e Unknown user name or bad password.
0xc000006f User logon outside authorized hours
0xc0000070 User logon from unauthorized workstation
0xc0000071 User logon with expired password
0xc0000072 User logon to account disabled by administrator
0xc00000dc Indicates the Sam Server was in the wrong state to perform the desired operation.
0xc0000133 Clocks between DC and other computer too far out of sync
0xc000015b The user has not been granted the requested logon type (aka logon right) at this machine
0xc000018c The logon request failed because the trust relationship between the primary domain and the trusted domain failed.
0xc0000192 An attempt was made to logon, but the Netlogon service was not started.
0xc0000193 User logon with expired account
0xc0000224 User is required to change password at next logon
0xc0000225 Evidently a bug in Windows and not a risk
0xc0000234 User logon with account locked
0xc00002ee Failure Reason: An Error occurred during Logon
0xc0000413 Logon Failure: The machine you are logging onto is protected by an authentication firewall. The specified account is not allowed to authenticate to the machine.
0xc0000371 The local account store does not contain secret material for the specified account
0x0 Status OK.
`)

/** Event 4697, "Service Type". */
export const serviceTypes = pairs(`
0x1 Kernel Driver
0x2 File System Driver
0x8 Recognizer Driver
0x10 Win32 Own Process
0x20 Win32 Share Process
0x110 Interactive Own Process
0x120 Interactive Share Process
`)

/** Event 4706: [MS-ADTS] 6.1.6.7.15, .12 and .9. */
export const trustTypes = pairs(`
1 TRUST_TYPE_DOWNLEVEL
2 TRUST_TYPE_UPLEVEL
3 TRUST_TYPE_MIT
4 TRUST_TYPE_DCE
`)
export const trustDirections = pairs(`
0 TRUST_DIRECTION_DISABLED
1 TRUST_DIRECTION_INBOUND
2 TRUST_DIRECTION_OUTBOUND
3 TRUST_DIRECTION_BIDIRECTIONAL
`)
export const trustAttributes = pairs(`
0 UNDEFINED
1 TRUST_ATTRIBUTE_NON_TRANSITIVE
2 TRUST_ATTRIBUTE_UPLEVEL_ONLY
4 TRUST_ATTRIBUTE_QUARANTINED_DOMAIN
8 TRUST_ATTRIBUTE_FOREST_TRANSITIVE
16 TRUST_ATTRIBUTE_CROSS_ORGANIZATION
32 TRUST_ATTRIBUTE_WITHIN_FOREST
64 TRUST_ATTRIBUTE_TREAT_AS_EXTERNAL
128 TRUST_ATTRIBUTE_USES_RC4_ENCRYPTION
512 TRUST_ATTRIBUTE_CROSS_ORGANIZATION_NO_TGT_DELEGATION
1024 TRUST_ATTRIBUTE_PIM_TRUST
`)
