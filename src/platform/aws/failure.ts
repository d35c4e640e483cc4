/** What went wrong with a request to AWS, in kinds that decide what is done about it, and in words that say what to do. */

import { messageOf } from '../../core/errors.ts'

export type AwsFailure = {
  /**
   * `gone`: what was asked for is not there. `denied`: the credentials may not. `throttled`: too many requests. `expired`: a position or
   * handle is too old. `archived`: the object must be restored first. `wrong`: asked wrongly. `away`: the network, or the service itself.
   */
  readonly kind: 'gone' | 'denied' | 'throttled' | 'expired' | 'archived' | 'wrong' | 'away'
  readonly message: string
}

const kinds: Readonly<Record<string, AwsFailure['kind']>> = {
  NoSuchKey: 'gone',
  NoSuchVersion: 'gone',
  NoSuchBucket: 'gone',
  NotFound: 'gone',
  MethodNotAllowed: 'gone',
  ResourceNotFoundException: 'gone',
  QueueDoesNotExist: 'gone',
  'AWS.SimpleQueueService.NonExistentQueue': 'gone',
  InvalidObjectState: 'archived',
  ExpiredIteratorException: 'expired',
  ExpiredNextTokenException: 'expired',
  ReceiptHandleIsInvalid: 'expired',
  PreconditionFailed: 'expired',
  ProvisionedThroughputExceededException: 'throttled',
  LimitExceededException: 'throttled',
  KMSThrottlingException: 'throttled',
  RequestThrottled: 'throttled',
  RequestLimitExceeded: 'throttled',
  TooManyRequestsException: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  SlowDown: 'throttled',
  OverLimit: 'throttled',
  AccessDenied: 'denied',
  AccessDeniedException: 'denied',
  UnauthorizedOperation: 'denied',
  KMSAccessDeniedException: 'denied',
  'KMS.AccessDeniedException': 'denied',
  InvalidAccessKeyId: 'denied',
  InvalidClientTokenId: 'denied',
  UnrecognizedClientException: 'denied',
  SignatureDoesNotMatch: 'denied',
  ExpiredToken: 'denied',
  ExpiredTokenException: 'denied',
  CredentialsProviderError: 'denied',
  TokenProviderError: 'denied'
}

/** `what` was attempted: `read s3://bucket/key`, `list the bucket b`. */
export function awsFailure(error: unknown, what: string): AwsFailure {
  const {
    name = '',
    code,
    $metadata
  } = error as {
    name?: string
    code?: string
    $metadata?: { httpStatusCode?: number }
  }
  const status = $metadata?.httpStatusCode
  const said = messageOf(error).replace(/\s+/g, ' ').slice(0, 300)
  if (name === 'CredentialsProviderError')
    return {
      kind: 'denied',
      message: `there are no credentials to ${what}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or give the machine a role (${said})`
    }
  if (/Region is missing/.test(said))
    return { kind: 'wrong', message: `no region is known to ${what}: set region, or AWS_REGION` }
  const kind =
    kinds[name] ??
    (code === 'aws-role' ? 'denied' : undefined) ??
    (status === 403
      ? 'denied'
      : status === 404
        ? 'gone'
        : status === 429 || status === 503
          ? 'throttled'
          : undefined) ??
    (status !== undefined && status >= 400 && status < 500 ? 'wrong' : 'away')
  const named = name === '' || name === 'Error' || name === 'PicketError' ? said : `${name}: ${said}`
  return { kind, message: `cannot ${what}: ${named}` }
}
