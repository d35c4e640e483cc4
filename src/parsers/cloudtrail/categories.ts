/**
 * What kind of event an API call is, in ECS's words: `event.category` and `event.type` by `eventName`, as Elastic's aws/cloudtrail
 * integration has them. Calls that are not listed have no category and the type `info`.
 */

export type Categorisation = { readonly category: string; readonly types: readonly string[] }

const table: readonly (readonly [category: string, types: string, names: string])[] = [
  ['authentication', 'info', 'AssumeRole ConsoleLogin'],
  ['file', 'creation', 'CreateBucket'],
  ['file', 'deletion', 'DeleteBucket'],
  ['iam', 'admin creation', 'CreateKeyPair'],
  [
    'iam',
    'admin change',
    'SetDefaultPolicyVersion SetSecurityTokenServicePreferences UpdateAccountPasswordPolicy UpdateRole'
  ],
  ['iam', 'group creation', 'CreateGroup'],
  ['iam', 'group deletion', 'DeleteGroup'],
  [
    'iam',
    'group change',
    'AddUserToGroup AttachGroupPolicy DeleteGroupPolicy DetachGroupPolicy PutGroupPolicy RemoveUserFromGroup UpdateGroup'
  ],
  [
    'iam',
    'group info',
    'GetGroup GetGroupPolicy ListAttachedGroupPolicies ListGroupPolicies ListGroups ListGroupsForUser'
  ],
  ['iam', 'user creation', 'CreateUser'],
  ['iam', 'user deletion', 'DeleteUser'],
  [
    'iam',
    'user change',
    'AttachUserPolicy ChangePassword CreateAccessKey CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey ' +
      'DeleteSSHPublicKey DeleteUserPermissionsBoundary DeleteUserPolicy DeleteVirtualMFADevice DetachUserPolicy ' +
      'EnableMFADevice PutUserPermissionsBoundary PutUserPolicy TagUser UntagUser UpdateAccessKey UpdateLoginProfile ' +
      'UpdateSSHPublicKey UpdateUser'
  ],
  ['iam', 'user info', 'GetUser GetUserPolicy ListAttachedUserPolicies ListUserPolicies ListUsers ListUserTags']
]

const byName = new Map<string, Categorisation>(
  table.flatMap(([category, types, names]) =>
    names.split(' ').map((name): [string, Categorisation] => [name, { category, types: types.split(' ') }])
  )
)

export function categorisationOf(eventName: string): Categorisation | undefined {
  return byName.get(eventName)
}
