import { Logger } from '@aws-lambda-powertools/logger'
import type { Undelivered } from '../../shared/alerts/deliver/deliver.ts'
import type { ShardId } from '../../shared/check.ts'

/** What handlers need of a log: one line with fields, at three levels. Powertools' logger is one. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** JSON lines for CloudWatch, with the name of the function as the service. */
export function lambdaLog(serviceName: string): Log {
  const logger = new Logger({ serviceName })
  return {
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  }
}

/** One line for each contact that could not be reached. */
export function logUndelivered(log: Log, shard: ShardId, undelivered: readonly Undelivered[]): void {
  for (const { contact, error, givenUp } of undelivered) {
    const outcome = givenUp ? 'given up' : 'waits for the next attempt'
    log.error(`an alert to ${contact} ${outcome}: ${error}`, { shard, contact, givenUp })
  }
}
