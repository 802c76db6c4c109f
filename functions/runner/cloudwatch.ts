import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from '@aws-sdk/client-cloudwatch-logs'
import type { TakeLines } from './log-stream.ts'

/**
 * A stream of its own in a log group that exists, made when the first lines come.
 *
 * @param config `region` and credentials come from the environment where it does not say.
 */
export function cloudWatchStream(
  group: string,
  stream: string,
  config: CloudWatchLogsClientConfig = {},
): TakeLines {
  const client = new CloudWatchLogsClient(config)
  const place = { logGroupName: group, logStreamName: stream }
  let exists = false
  return async (lines) => {
    if (!exists) {
      await client.send(new CreateLogStreamCommand(place)).catch((error: unknown) => {
        if (!(error instanceof ResourceAlreadyExistsException)) throw error
      })
    }
    // After any failure it is made again, if need be: somebody may have deleted it.
    exists = false
    await client.send(new PutLogEventsCommand({ ...place, logEvents: [...lines] }))
    exists = true
  }
}
