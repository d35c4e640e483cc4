/** What programs and clients of the SDK are told of a server that is AWS here: keys that nobody checks, and where it is. */

export const awsEnvironment = {
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_REGION: 'eu-central-1',
  AWS_EC2_METADATA_DISABLED: 'true'
} as const

export type AwsClient = ReturnType<typeof awsClient>

export function awsClient(endpoint: string) {
  return {
    endpoint,
    region: awsEnvironment.AWS_REGION,
    credentials: {
      accessKeyId: awsEnvironment.AWS_ACCESS_KEY_ID,
      secretAccessKey: awsEnvironment.AWS_SECRET_ACCESS_KEY
    }
  }
}
