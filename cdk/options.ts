import type { Node } from 'constructs'

/** The options of a synth, set with `-c name=value`. */
export interface Options {
  /** `config`: the path of the configuration. */
  readonly file: string
  /** `retain`: the tables outlive their stacks and are protected from deletion. Default: true. */
  readonly retain: boolean
  /**
   * `tracing`: X-Ray traces of every invocation. Off by default, because a trace per minute, function and region far
   * exceeds the 100,000 free ones a month and would cost more than everything else.
   */
  readonly tracing: boolean
  /** `reserved`: reserved concurrent executions of each function. */
  readonly reservedConcurrency?: number
  /**
   * `emulated`: the stacks are deployed to a local emulator, with targets and webhooks on loopback. Only then do Lambda
   * voters honor `allow_private`.
   */
  readonly emulated: boolean
  /** `quiet`: print no warnings about the configuration and no cost, for commands such as bootstrap and destroy. */
  readonly quiet: boolean
}

/** @throws for an invalid value. */
export function readOptions(node: Node): Options {
  const reserved = node.tryGetContext('reserved') as unknown
  const reservedConcurrency = reserved === undefined ? undefined : Number(reserved)
  if (
    reservedConcurrency !== undefined &&
    !(Number.isInteger(reservedConcurrency) && reservedConcurrency > 0)
  )
    throw new Error(`-c reserved=${reserved}: must be a whole number, at least 1`)
  return {
    file: String(node.tryGetContext('config') ?? 'upquorum.yaml'),
    retain: flag(node, 'retain', true),
    tracing: flag(node, 'tracing', false),
    emulated: flag(node, 'emulated', false),
    quiet: flag(node, 'quiet', false),
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
  }
}

/** Reads a boolean option. `-c` passes strings; tests and `cdk.json` may pass booleans. */
function flag(node: Node, name: string, otherwise: boolean): boolean {
  const value = node.tryGetContext(name) as unknown
  if (value === undefined) return otherwise
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw new Error(`-c ${name}=${value}: must be true or false`)
}
