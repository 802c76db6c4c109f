import { Logger } from '@aws-lambda-powertools/logger'
import type { Undelivered } from '../../shared/alerts/deliver/deliver.ts'
import type { ShardId } from '../../shared/check.ts'

/** The log that handlers write to: one line with fields at three levels. The Powertools logger satisfies it. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** Logs JSON lines for CloudWatch, with the function's name as the service. */
export function lambdaLog(serviceName: string): Log {
  const logger = new Logger({ serviceName })
  return {
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  }
}

/** Logs one line for each contact that could not be reached. */
export function logUndelivered(log: Log, shard: ShardId, undelivered: readonly Undelivered[]): void {
  for (const { contact, error, givenUp } of undelivered) {
    const outcome = givenUp ? 'was given up' : 'will be retried'
    log.error(`an alert to ${contact} ${outcome}: ${error}`, { shard, contact, givenUp })
  }
}
