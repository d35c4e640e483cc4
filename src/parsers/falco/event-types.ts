/** What kind of event a system call is, as Elastic's falco integration has it (`event.type`); `info` is all that is not here. */

const lists: readonly (readonly [string, string])[] = [
  [
    'access',
    'faccessat faccessat2 fsopen name_to_handle_at nfsservctl open open_by_handle_at open_tree openat openat2 pciconfig_read ' +
      'pidfd_open read readahead readdir readlink readlinkat readv s390_pci_mmio_read uselib vm86old vm86'
  ],
  ['admin', 'bdflush membarrier ptrace reboot restart_syscall'],
  ['allowed', 'fallocate finit_module'],
  [
    'change',
    'llseek sysctl acct adjtimex alarm arch_prctl bind bpf brk capset chdir chmod chown chown32 chroot clock_adjtime ' +
      'clock_nanosleep clock_settime close close_range epoll_ctl fchdir fchmod fchmodat fchown fchown32 fchownat fcntl fcntl64 ' +
      'flock free_hugepages fsetxattr fsconfig ftruncate ftruncate64 futimesat io_setup io_uring_setup ioctl ioperm iopl ' +
      'ioprio_set keyctl landlock_restrict_self lchown lchown32 madvise mbind memory_ordering migrate_pages mlock mlock2 mlockall ' +
      'mmap mmap2 modify_ldt move_mount move_pages mprotect mq_getsetattr mremap msgctl munlock munlockall munmap nanosleep nice ' +
      'old_adjtimex pause pciconfig_write personality perfctr perfmonctl pivot_root pkey_alloc pkey_free pkey_mprotect prctl ' +
      'prlimit64 process_madvise process_vm_writev pwrite64 pwritev pwritev2 quotactl quotactl_fd rename renameat renameat2 rseq ' +
      'rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rtas s390_pci_mmio_write s390_guarded_storage ' +
      'sched_setaffinity sched_setattr sched_setparam sched_setscheduler seccomp semctl semop semtimedop set_mempolicy ' +
      'set_robust_list set_thread_area set_tid_address set_tls set_domainname set_fsgid setfsgid32 setfsuid setfsuid32 setgid ' +
      'setgid32 sethae sethostimer setitimer setns setpgid setpgrp setpriority setregid setregid32 setresgid setresgid32 setresuid ' +
      'setresuid32 setreuid setreuid32 setrlimit setsid setsockopt settimeofday setuid setuid32 setup setxattr shmat shmctl shmdt ' +
      'sigaction sigaltstack subpage_prot swapcontext switch_endian sys_debug_setcontext timer_settime timerfd_settime truncate ' +
      'truncate64 umask utime utimesat utimes write writev xtensa'
  ],
  [
    'connection',
    'accept accept4 connect mq_timedreceive mq_timedsend msgrcv msgsnd pidfd_send_signal recv recvfrom recvmsg recvmmsg ' +
      'rt_tgsigqueueinfo send sendfile sendfile64 sendmmsg sendmsg sendto signal signalfd signalfd4 socket socketcall socketpair ' +
      'syscall'
  ],
  [
    'creation',
    'add_key clone clone2 clone3 copy_file_range creat create_module dup dup2 dup3 epoll_create epoll_create1 eventfd eventfd2 ' +
      'fdatasync fork fsmount fsync init_module inotify_add_watch inotify_init inotify_init1 kexec_file_load kexec_load ' +
      'landlock_add_rule landlock_create_ruleset link linkat memfd_create memfd_secret mkdir mkdirat mknod mknodat mount mq_notify ' +
      'mq_open msync pidfd_getfd pipe pipe2 remap_file_pages splice spu_create symlink symlinkat sync sync_file_range ' +
      'sync_file_range2 syncfs tee timer_create timerfd_create vfork vmsplice'
  ],
  [
    'deletion',
    'cacheflush delete_module fremovexattr inotify_rm_watch io_destroy lremovexattr mq_unlink oldumount removexattr ' +
      'riscv_flush_icache rmdir spill timer_delete umount unlink unlinkat unshare'
  ],
  ['end', 'exit exit_group io_cancel kill shutdown swapoff tgkill tkill vhangup'],
  ['group', 'fanotify_init fanotify_mark setgroups setgroups32'],
  ['installation', 'utrap_install'],
  ['protocol', 'ipc'],
  ['start', 'execve execveat execv io_uring_enter perf_event_open spu_run swapon'],
  ['user', 'userfaultfd usr26 usr32']
]

const types = new Map<string, string>()
for (const [type, names] of lists) for (const name of names.split(' ')) types.set(name, type)

const ecsTypes = new Set(
  (
    'access admin allowed change connection creation deletion denied end error group indicator info installation protocol start ' +
    'user'
  ).split(' ')
)

export function eventType(call: string | undefined): string {
  if (call === undefined) return 'info'
  return ecsTypes.has(call.toLowerCase()) ? call : (types.get(call) ?? 'info')
}

const ecsCategories = new Set(
  (
    'api authentication configuration database driver email file host iam intrusion_detection library malware network package ' +
    'process registry session threat vulnerability web'
  ).split(' ')
)

const categories: Readonly<Record<string, string>> = {
  time: 'configuration',
  scheduler: 'configuration',
  system: 'host',
  memory: 'host',
  sleep: 'host',
  wait: 'host',
  internal: 'host',
  ipc: 'network',
  net: 'network',
  signal: 'network',
  user: 'session'
}

/** Falco's categories of events (`evt.category`) as ECS's. */
export function eventCategory(category: string | undefined): string {
  if (category === undefined) return 'process'
  if (ecsCategories.has(category.toLowerCase())) return category
  return Object.hasOwn(categories, category) ? categories[category]! : 'process'
}
