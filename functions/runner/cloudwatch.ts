import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from '@aws-sdk/client-cloudwatch-logs'
import type { TakeLines } from './log-stream.ts'

/**
 * Writes to a log stream in an existing log group; the stream is created with the first lines.
 *
 * @param config defaults to the region and credentials of the environment.
 */
export function cloudWatchStream(
  group: string,
  stream: string,
  config: CloudWatchLogsClientConfig = {},
): TakeLines {
  const client = new CloudWatchLogsClient(config)
  const destination = { logGroupName: group, logStreamName: stream }
  let exists = false
  return async (lines) => {
    if (!exists) {
      await client.send(new CreateLogStreamCommand(destination)).catch((error: unknown) => {
        if (!(error instanceof ResourceAlreadyExistsException)) throw error
      })
    }
    // Stays false if the write fails, so that a deleted stream is created again.
    exists = false
    await client.send(new PutLogEventsCommand({ ...destination, logEvents: [...lines] }))
    exists = true
  }
}
