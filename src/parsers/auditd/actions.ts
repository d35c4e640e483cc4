/**
 * What audit records mean in ECS: action, category and type by record type and by system call, and whose names they carry.
 * After go-libaudit's normalisations (aucoalesce), as Elastic's auditd integration uses them.
 */

/** `auid>user acct,id,uid>user.effective`: the first of the fields that is there names (or numbers) that user. */
export type Meaning = {
  readonly action: string | undefined
  readonly category: readonly string[] | undefined
  readonly type: readonly string[] | undefined
  readonly copies: readonly { readonly from: readonly string[]; readonly to: string }[] | undefined
}

const session = 'auid>user acct,id,uid>user.effective'
const account = 'auid>user uid>user.effective id,acct>user.target'
const group = 'auid>user uid>user.effective id,acct>group'

/** Record type; action; categories; types; copies. */
const recordTypes: readonly (readonly [string, string, string?, string?, string?])[] = [
  ['ACCT_LOCK', 'locked-account', 'iam', 'user info'],
  ['ACCT_UNLOCK', 'unlocked-account', 'iam', 'user info'],
  ['ADD_GROUP', 'added-group-account-to', 'iam', 'group creation', group],
  ['ADD_USER', 'added-user-account', 'iam', 'user creation', account],
  ['ANOM_ABEND', 'crashed-program', 'process', 'end'],
  ['ANOM_EXEC', 'attempted-execution-of-forbidden-program', 'process', 'start'],
  ['ANOM_LINK', 'used-suspicious-link'],
  ['ANOM_LOGIN_FAILURES', 'failed-log-in-too-many-times-to'],
  ['ANOM_LOGIN_LOCATION', 'attempted-log-in-from-unusual-place-to'],
  ['ANOM_LOGIN_SESSIONS', 'opened-too-many-sessions-to'],
  ['ANOM_LOGIN_TIME', 'attempted-log-in-during-unusual-hour-to'],
  ['ANOM_PROMISCUOUS', 'changed-promiscuous-mode-on-device'],
  ['ANOM_RBAC_INTEGRITY_FAIL', 'tested-file-system-integrity-of'],
  ['CHGRP_ID', 'changed-group', 'process', 'change'],
  ['CHUSER_ID', 'changed-user-id', 'process', 'change'],
  ['CONFIG_CHANGE', 'changed-audit-configuration', 'process configuration', 'change'],
  ['CRED_ACQ', 'acquired-credentials', 'authentication', 'info', session],
  ['CRED_DISP', 'disposed-credentials', 'authentication', 'info', session],
  ['CRED_REFR', 'refreshed-credentials', 'authentication', 'info', session],
  ['CRYPTO_KEY_USER', 'negotiated-crypto-key', 'process', 'info'],
  ['CRYPTO_LOGIN', 'crypto-officer-logged-in'],
  ['CRYPTO_LOGOUT', 'crypto-officer-logged-out', 'process', 'info'],
  ['CRYPTO_SESSION', 'started-crypto-session', 'process', 'info'],
  ['DAC_CHECK', 'access-result'],
  ['DAEMON_ABORT', 'aborted-auditd-startup', 'process', 'end'],
  ['DAEMON_ACCEPT', 'remote-audit-connected', 'network', 'connection start'],
  ['DAEMON_CLOSE', 'remote-audit-disconnected', 'network', 'connection start'],
  ['DAEMON_CONFIG', 'changed-auditd-configuration', 'process configuration', 'change'],
  ['DAEMON_END', 'shutdown-audit', 'process', 'end'],
  ['DAEMON_ERR', 'audit-error', 'process', 'info'],
  ['DAEMON_RECONFIG', 'reconfigured-auditd', 'process configuration', 'info'],
  ['DAEMON_RESUME', 'resumed-audit-logging', 'process', 'change'],
  ['DAEMON_ROTATE', 'rotated-audit-logs', 'process', 'change'],
  ['DAEMON_START', 'started-audit', 'process', 'start'],
  ['DEL_GROUP', 'deleted-group-account-from', 'iam', 'group deletion', group],
  ['DEL_USER', 'deleted-user-account', 'iam', 'user deletion', account],
  ['FEATURE_CHANGE', 'changed-audit-feature', 'configuration', 'change'],
  ['FS_RELABEL', 'relabeled-filesystem'],
  ['GRP_AUTH', 'authenticated-to-group', 'authentication', 'info', 'auid>user uid>user.effective'],
  ['GRP_CHAUTHTOK', 'changed-group-password', 'iam', 'group change', 'auid>user uid>user.effective acct,id,uid>group'],
  ['GRP_MGMT', 'modified-group-account', 'iam', 'group change', 'auid>user uid>group uid>user.effective'],
  ['KERNEL', 'initialized-audit-subsystem', 'process', 'info'],
  ['KERN_MODULE', 'loaded-kernel-module', 'driver', 'start'],
  ['LABEL_LEVEL_CHANGE', 'modified-level-of'],
  ['LABEL_OVERRIDE', 'overrode-label-of'],
  [
    'LOGIN',
    'changed-login-id-to',
    'authentication',
    'start',
    'old_auid,old-auid>user new-auid,new_auid,auid>user.effective'
  ],
  ['MAC_CHECK', 'mac-permission'],
  ['MAC_CONFIG_CHANGE', 'changed-selinux-boolean', 'configuration', 'change'],
  ['MAC_POLICY_LOAD', 'loaded-selinux-policy', 'configuration', 'access'],
  ['MAC_STATUS', 'changed-selinux-enforcement', 'configuration', 'change'],
  ['NETFILTER_CFG', 'loaded-firewall-rule-to', 'configuration', 'change'],
  ['ROLE_ASSIGN', 'assigned-user-role-to', 'iam', 'user change'],
  ['ROLE_MODIFY', 'modified-role', 'iam', 'change'],
  ['ROLE_REMOVE', 'removed-user-role-from', 'iam', 'user change'],
  ['SECCOMP', 'violated-seccomp-policy'],
  ['SELINUX_ERR', 'caused-mac-policy-error'],
  ['SERVICE_START', 'started-service', 'process', 'start'],
  ['SERVICE_STOP', 'stopped-service', 'process', 'end'],
  ['SOFTWARE_UPDATE', 'package-updated', 'package', 'info'],
  ['SYSTEM_BOOT', 'booted-system', 'host', 'info'],
  ['SYSTEM_RUNLEVEL', 'changed-to-runlevel', 'host', 'change'],
  ['SYSTEM_SHUTDOWN', 'shutdown-system', 'host', 'info'],
  ['TEST', 'sent-test', 'process', 'info'],
  ['TRUSTED_APP', 'unknown', 'process', 'info'],
  ['TTY', 'typed'],
  ['USER', 'sent-message'],
  ['USER_ACCT', 'was-authorized', 'authentication', 'info', session],
  ['USER_AUTH', 'authenticated', 'authentication', 'info', session],
  ['USER_AVC', 'access-permission'],
  ['USER_CHAUTHTOK', 'changed-password', 'iam', 'user change', 'auid>user uid>user.effective acct,id,uid>user.target'],
  ['USER_CMD', 'ran-command', 'process', 'start'],
  ['USER_END', 'ended-session', 'session', 'end', session],
  ['USER_ERR', 'error', 'authentication', 'info', session],
  ['USER_LOGIN', 'logged-in', 'authentication', 'start', session],
  ['USER_LOGOUT', 'logged-out', 'authentication', 'end', session],
  ['USER_MAC_CONFIG_CHANGE', 'changed-mac-configuration', 'configuration', 'change'],
  ['USER_MAC_POLICY_LOAD', 'loaded-mac-policy', 'configuration', 'access'],
  ['USER_MGMT', 'modified-user-account', 'iam', 'user change', 'auid>user acct,id,uid>user.target uid>user.effective'],
  ['USER_ROLE_CHANGE', 'changed-role-to'],
  ['USER_SELINUX_ERR', 'access-error'],
  ['USER_START', 'started-session', 'session', 'start', session],
  ['USER_TTY', 'typed'],
  ['USYS_CONFIG', 'changed-configuration', 'configuration', 'change'],
  ['VIRT_CONTROL', 'issued-vm-control', 'host', 'info'],
  ['VIRT_CREATE', 'created-vm-image', 'host', 'info'],
  ['VIRT_DESTROY', 'deleted-vm-image', 'host', 'info'],
  ['VIRT_INTEGRITY_CHECK', 'checked-integrity-of', 'host', 'info'],
  ['VIRT_MACHINE_ID', 'assigned-vm-id', 'host', 'creation'],
  ['VIRT_MIGRATE_IN', 'migrated-vm-from', 'host', 'info'],
  ['VIRT_MIGRATE_OUT', 'migrated-vm-to', 'host', 'info'],
  ['VIRT_RESOURCE', 'assigned-vm-resource', 'host', 'info']
]

/** Action; category; types; system calls; what they act on; which of the paths it is. */
const systemCalls: readonly (readonly [string, string, string, string, string, number?])[] = [
  ['opened-file', 'file', 'creation', 'creat', 'file'],
  ['opened-file', 'file', 'change', 'fallocate truncate ftruncate', 'file'],
  ['opened-file', 'file', 'info', 'open openat openat2 readlink readlinkat', 'file'],
  ['read-file', 'file', 'info', 'read', 'file'],
  ['wrote-to-file', 'file', 'change', 'write', 'file'],
  [
    'changed-file-attributes-of',
    'file',
    'change',
    'setxattr fsetxattr lsetxattr removexattr fremovexattr lremovexattr',
    'file'
  ],
  ['changed-file-permissions-of', 'file', 'change', 'chmod fchmod fchmodat fchmodat2', 'file'],
  ['changed-file-ownership-of', 'file', 'change', 'chown fchown fchownat lchown', 'file'],
  ['loaded-kernel-module', 'driver', 'start', 'finit_module init_module', 'file'],
  ['unloaded-kernel-module', 'driver', 'end', 'delete_module', 'file'],
  ['created-directory', 'file', 'creation', 'mkdir mkdirat', 'file', 1],
  ['mounted', 'file', 'creation', 'mount', 'filesystem', 1],
  ['renamed', 'file', 'change', 'rename renameat renameat2', 'file', 2],
  [
    'checked-metadata-of',
    'file',
    'info',
    'access faccessat faccessat2 fstatat newfstatat stat stat64 statx fstat lstat getxattr lgetxattr fgetxattr',
    'file'
  ],
  ['checked-filesystem-metadata-of', 'file', 'info', 'statfs fstatfs', 'filesystem'],
  ['symlinked', 'file', 'creation', 'symlink symlinkat', 'file'],
  ['unmounted', 'file', 'deletion', 'umount umount2', 'filesystem'],
  ['deleted', 'file', 'deletion', 'rmdir unlink unlinkat', 'file'],
  ['changed-timestamp-of', 'file', 'info', 'utime utimes futimesat futimens utimensat', 'file'],
  ['executed', 'process', 'start', 'execve execveat', 'file'],
  ['listen-for-connections', 'network', 'start', 'listen', 'socket'],
  ['accepted-connection-from', 'network', 'connection start', 'accept accept4', 'socket'],
  ['bound-socket', 'network', 'start', 'bind', 'socket'],
  ['connected-to', 'network', 'connection start', 'connect', 'socket'],
  ['received-from', 'network', 'connection info', 'recv recvfrom recvmsg recvmmsg', 'socket'],
  ['sent-to', 'network', 'connection info', 'send sendto sendmsg sendmmsg', 'socket'],
  ['killed-pid', 'process', 'end', 'kill tkill tgkill', 'process'],
  [
    'changed-identity-of',
    'process',
    'change',
    'setuid seteuid setfsuid setreuid setgid setegid setfsgid setregid setresuid setresgid',
    'process'
  ],
  ['changed-system-time', 'host', 'change', 'settimeofday clock_settime stime adjtimex clock_adjtime', 'system'],
  ['make-device', 'file', 'creation', 'mknod mknodat', 'file'],
  ['changed-system-name', 'host', 'change', 'sethostname setdomainname', 'system'],
  ['allocated-memory', 'process', 'info', 'mmap mmap2 brk', 'memory'],
  ['adjusted-scheduling-policy-of', 'process', 'change', 'sched_setparam sched_setscheduler sched_setattr', 'process']
]

export type CallMeaning = Meaning & { readonly object: string; readonly pathIndex: number }

const words = (text: string | undefined) => text?.split(' ')

export const meanings: ReadonlyMap<string, Meaning> = new Map(
  recordTypes.map(([name, action, category, type, copies]) => [
    name,
    {
      action,
      category: words(category),
      type: words(type),
      copies: words(copies)?.map(copy => {
        const [from, to] = copy.split('>')
        return { from: from!.split(','), to: to! }
      })
    }
  ])
)

export const calls: ReadonlyMap<string, CallMeaning> = new Map(
  systemCalls.flatMap(([action, category, type, names, object, pathIndex]) =>
    names.split(' ').map(name => {
      const meaning: CallMeaning = {
        action,
        category: [category],
        type: words(type),
        copies: undefined,
        object,
        pathIndex: pathIndex ?? 0
      }
      return [name, meaning] as const
    })
  )
)

/** A system call without a meaning of its own is something that a process did. */
export const anyCall: Meaning = { action: undefined, category: ['process'], type: ['info'], copies: undefined }

export const policyViolations: { readonly selinux: Meaning; readonly apparmor: Meaning } = {
  selinux: { action: 'violated-selinux-policy', category: undefined, type: undefined, copies: undefined },
  apparmor: { action: 'violated-apparmor-policy', category: undefined, type: undefined, copies: undefined }
}
