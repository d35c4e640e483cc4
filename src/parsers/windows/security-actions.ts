/**
 * What the events of the Security log are in ECS: `code category type action`. Names as Elastic's system/security integration gives
 * them; those at the end it does not know.
 */

export type Action = {
  readonly action: string
  readonly category: readonly string[]
  readonly type: readonly string[]
}

const table = `
1100 process end logging-service-shutdown
1102 iam admin,change audit-log-cleared
1104 iam admin logging-full
1105 iam admin auditlog-archieved
1108 iam admin logging-processing-error
4610 configuration access authentication-package-loaded
4611 configuration change trusted-logon-process-registered
4614 configuration access notification-package-loaded
4616 configuration change system-time-changed
4622 configuration access security-package-loaded
4624 authentication start logged-in
4625 authentication start logon-failed
4627 iam info group-membership-info
4634 authentication end logged-out
4647 authentication end logged-out
4648 authentication start logged-in-explicit
4657 registry,configuration change registry-value-modified
4658 iam,configuration change handle-closed-object
4659 iam,configuration change object-was-requested-with-intent-to-delete
4660 file,registry deletion object-deleted
4662 iam,configuration admin,change object-operation-performed
4664 file creation create-hard-link
4670 iam,configuration admin,change permissions-changed
4672 iam admin logged-in-special
4673 iam admin privileged-service-called
4674 iam admin privileged-operation
4675 authentication info sids-filtered
4688 process start created-process
4689 process end exited-process
4690 process access duplicate-handle-attempt
4691 process access indirect-object-access-requested
4692 configuration access dpapi-master-key-backup-attempted
4693 configuration access dpapi-master-key-recovery-attempted
4694 configuration access auditable-data-protection-attempted
4695 configuration access auditable-data-unprotection-attempted
4697 iam,configuration admin,change service-installed
4698 iam,configuration creation,admin scheduled-task-created
4699 iam,configuration deletion,admin scheduled-task-deleted
4700 iam,configuration change,admin scheduled-task-enabled
4701 iam,configuration change,admin scheduled-task-disabled
4702 iam,configuration change,admin scheduled-task-updated
4704 iam change,user user-right-assigned
4705 iam change,user user-right-removed
4706 configuration creation domain-trust-added
4707 configuration deletion domain-trust-removed
4713 configuration change kerberos-policy-changed
4714 configuration change encrypted-data-recovery-policy-changed
4715 configuration change object-audit-policy-changed
4716 configuration change trusted-domain-information-changed
4717 iam,configuration admin,change system-security-access-granted
4718 iam,configuration admin,deletion system-security-access-removed
4719 iam,configuration admin,change changed-audit-config
4720 iam user,creation added-user-account
4722 iam user,change enabled-user-account
4723 iam user,change changed-password
4724 iam user,change reset-password
4725 iam user,deletion disabled-user-account
4726 iam user,deletion deleted-user-account
4727 iam group,creation added-group-account
4728 iam group,change added-member-to-group
4729 iam group,change removed-member-from-group
4730 iam group,deletion deleted-group-account
4731 iam group,creation added-group-account
4732 iam group,change added-member-to-group
4733 iam group,change removed-member-from-group
4734 iam group,deletion deleted-group-account
4735 iam group,change modified-group-account
4737 iam group,change modified-group-account
4738 iam user,change modified-user-account
4739 configuration change domain-policy-changed
4740 iam user,change locked-out-user-account
4741 iam creation,admin added-computer-account
4742 iam change,admin changed-computer-account
4743 iam deletion,admin deleted-computer-account
4744 iam group,creation added-distribution-group-account
4745 iam group,change changed-distribution-group-account
4746 iam group,change added-member-to-distribution-group
4747 iam group,change removed-member-from-distribution-group
4748 iam group,deletion deleted-distribution-group-account
4749 iam group,creation added-distribution-group-account
4750 iam group,change changed-distribution-group-account
4751 iam group,change added-member-to-distribution-group
4752 iam group,change removed-member-from-distribution-group
4753 iam group,deletion deleted-distribution-group-account
4754 iam group,creation added-group-account
4755 iam group,change modified-group-account
4756 iam group,change added-member-to-group
4757 iam group,change removed-member-from-group
4758 iam group,deletion deleted-group-account
4759 iam group,creation added-distribution-group-account
4760 iam group,change changed-distribution-group-account
4761 iam group,change added-member-to-distribution-group
4762 iam group,change removed-member-from-distribution-group
4763 iam group,deletion deleted-distribution-group-account
4764 iam group,change type-changed-group-account
4767 iam user,change unlocked-user-account
4768 authentication start kerberos-authentication-ticket-requested
4769 authentication start kerberos-service-ticket-requested
4770 authentication start kerberos-service-ticket-renewed
4771 authentication start kerberos-preauth-failed
4776 authentication start credential-validated
4778 authentication,session start session-reconnected
4779 authentication,session end session-disconnected
4781 iam user,change renamed-user-account
4797 iam user,info query-existence-of-blank-password
4798 iam user,info group-membership-enumerated
4799 iam group,info user-member-enumerated
4817 iam,configuration admin,change object-audit-changed
4902 iam,configuration admin,creation user-audit-policy-created
4904 iam,configuration admin,change security-event-source-added
4905 iam,configuration admin,deletion security-event-source-removed
4906 iam,configuration admin,change crash-on-audit-changed
4907 iam,configuration admin,change audit-setting-changed
4908 iam,configuration admin,change special-group-table-changed
4912 iam,configuration admin,change per-user-audit-policy-changed
4950 configuration change windows-firewall-setting-changed
4954 configuration change windows-firewall-group-policy-changed
4964 iam admin,group logged-in-special
5024 process start windows-firewall-service-started
5025 process end windows-firewall-service-stopped
5033 driver start windows-firewall-driver-started
5034 driver end windows-firewall-driver-stopped
5037 driver end windows-firewall-driver-error
5136 iam,configuration admin,change directory-service-object-modified
5137 iam,configuration admin,creation directory-service-object-created
5140 network,file info,access network-share-object-accessed
5141 iam,configuration admin,deletion directory-service-object-deleted
5145 network,file info,access network-share-object-access-checked
5152 network connection,info,denied windows-firewall-packet-drop
5156 network connection,info,allowed windows-firewall-connection
5157 network connection,info,denied windows-firewall-packet-block
5158 network info windows-firewall-bind-local-port
5379 iam user,info credential-manager-credentials-were-read
5380 iam user,info vault-credential-find
5381 iam user,info vault-credentials-were-read
5382 iam user,info vault-credentials-were-read
4608 host start windows-started
4609 host end windows-shut-down
4649 intrusion_detection info replay-attack-detected
4656 file access object-handle-requested
4661 iam info sam-object-handle-requested
4663 file access object-access-attempted
4696 process info primary-token-assigned
4765 iam user,change sid-history-added
4766 iam user,change sid-history-failed
4772 authentication start kerberos-authentication-ticket-failed
4773 authentication start kerberos-service-ticket-failed
4774 authentication info account-mapped-for-logon
4777 authentication start credential-validation-failed
4780 iam change admin-account-acl-set
4793 iam info password-policy-checked
4794 iam user,change dsrm-password-set
4800 session info workstation-locked
4801 session info workstation-unlocked
4802 session info screen-saver-invoked
4803 session info screen-saver-dismissed
4825 authentication,session denied remote-desktop-denied
4946 configuration creation windows-firewall-rule-added
4947 configuration change windows-firewall-rule-modified
4948 configuration deletion windows-firewall-rule-deleted
5138 iam,configuration admin,change directory-service-object-undeleted
5139 iam,configuration admin,change directory-service-object-moved
5142 file creation network-share-object-added
5143 file change network-share-object-modified
5144 file deletion network-share-object-deleted
5154 network info windows-firewall-listen-allowed
5155 network denied windows-firewall-listen-blocked
5159 network denied windows-firewall-bind-blocked
6416 host info external-device-recognized
6419 host change device-disable-requested
6420 host change device-disabled
6422 host change device-enabled
6423 host denied device-installation-forbidden
`

export const securityActions: ReadonlyMap<string, Action> = new Map(
  table
    .trim()
    .split('\n')
    .map(line => {
      const [code, category, type, action] = line.split(' ') as [string, string, string, string]
      return [code, { action, category: category.split(','), type: type.split(',') }]
    })
)
