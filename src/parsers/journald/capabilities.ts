/** The names of Linux capabilities (linux/capability.h) by their bit. */

const names = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST ' +
  'NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE ' +
  'SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM ' +
  'BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
).split(' ')

let lastHex: string | undefined
let lastNames: string[] | undefined

/** The names of a set of capabilities in hex (`25402800cf`); undefined for none, and for what is not hex. */
export function capabilityNames(hex: string): string[] | undefined {
  if (hex === lastHex) return lastNames
  if (!/^[0-9a-f]{1,16}$/i.test(hex)) return undefined
  const bits = BigInt(`0x${hex}`)
  const out: string[] = []
  for (let bit = 0; bit < 64; bit++) {
    if (((bits >> BigInt(bit)) & 1n) === 0n) continue
    const name = names[bit]
    out.push(name === undefined ? String(bit) : `CAP_${name}`)
  }
  lastHex = hex
  lastNames = out.length === 0 ? undefined : out
  return lastNames
}
