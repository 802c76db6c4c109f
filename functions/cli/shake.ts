import { type Command, InvalidArgumentError } from 'commander'
import { parseDurationMs } from '../../shared/duration.ts'
import { createResolver } from '../../shared/network/resolve.ts'
import type { IpVersion } from '../../shared/probers/prober.ts'
import type { Method } from '../../shared/raw/sockets.ts'
import { systemClock as clock } from '../clock.ts'
import { openSockets } from '../runtime/raw.ts'
import { createPaint, usesColour } from '../terminal/colour.ts'
import { showProgress } from './shake-progress.ts'
import { readTargets, type ShakeTarget } from './shake-targets.ts'
import { renderShaken, shakeOne } from './shaken.ts'

/** Enough for any list of services, little enough for any network. */
const politeRate = 1000
/** More than one machine can send. */
const maxRate = 200_000
/** Services are begun in steps of this. */
const stepMs = 10

export function define(command: Command): void {
  command
    .description(
      'Sends each service a TCP SYN and says what comes back: open (SYN-ACK), closed (RST), filtered ' +
        '(silence) or an error of the network. The handshake is never completed: the service sees nothing. ' +
        'Needs Linux and CAP_NET_RAW; without them it does what it can and says so. ' +
        'Exit code 1 when one is not open.',
    )
    .argument('[services...]', 'such as example.com:443 or [2001:db8::1]:22')
    .option('-f, --file <file>', 'a list of services, one on each line; - is stdin')
    .option('--json', 'one JSON object per service')
    .option('--rate <n>', 'so many services a second', readNumber(maxRate), politeRate)
    .option('--timeout <duration>', 'how long to wait for each', readTimeoutMs, 3000)
    .option('--attempts <n>', 'SYNs for each, a second apart, before silence counts', readNumber(10), 2)
    .option('--ip <version>', 'this IP version only: 4 or 6', readOneOf<IpVersion>([4, 6]))
    .option(
      '--method <method>',
      'this way or not at all: raw, quickack or connect',
      readOneOf<Method>(['raw', 'quickack', 'connect']),
    )
    .action(shake)
}

interface Options {
  readonly file?: string
  readonly json?: true
  readonly rate: number
  readonly timeout: number
  readonly attempts: number
  readonly ip?: IpVersion
  readonly method?: Method
}

async function shake(services: readonly string[], options: Options): Promise<void> {
  const targets = readTargets(services, options.file)
  const { sockets, caveat } = await openSockets(options.method)
  if (caveat !== undefined) process.stderr.write(`${caveat}\n`)
  const settings = { timeoutMs: options.timeout, attempts: options.attempts, ip: options.ip }
  const paint = createPaint(usesColour(process.stdout))
  const progress = showProgress(targets.length)
  const resolver = createResolver()

  const shakeAndTell = async (target: ShakeTarget) => {
    const shaken = await shakeOne(target, { sockets, settings, resolve: resolver.resolve })
    if (shaken.result !== 'open') process.exitCode = 1
    progress.clear()
    console.log(options.json ? JSON.stringify(shaken) : renderShaken(shaken, paint))
    progress.step()
  }
  try {
    await atRate(targets, options.rate, shakeAndTell)
  } finally {
    progress.clear()
    resolver.close()
    sockets.close()
  }
}

/** Begins so many a second, evenly, and waits for the last to end. */
async function atRate<T>(items: readonly T[], perSecond: number, begin: (item: T) => Promise<void>) {
  const startMs = clock.monotonic()
  const begun: Promise<void>[] = []
  while (begun.length < items.length) {
    const due = Math.ceil(((clock.monotonic() - startMs + stepMs) / 1000) * perSecond)
    while (begun.length < Math.min(due, items.length)) begun.push(begin(items[begun.length]!))
    await new Promise<void>((resolve) => void clock.timer(stepMs, resolve))
  }
  await Promise.all(begun)
}

function readNumber(most: number) {
  return (text: string): number => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text)
    throw new InvalidArgumentError(`It must be a number from 1 to ${most}.`)
  }
}

function readTimeoutMs(text: string): number {
  const ms = /^\d{1,5}(ms|s)$/.test(text) ? parseDurationMs(text) : 0
  if (ms >= 1 && ms <= 60_000) return ms
  throw new InvalidArgumentError('It must be 1ms to 60s.')
}

function readOneOf<T extends string | number>(allowed: readonly T[]) {
  return (text: string): T => {
    const found = allowed.find((one) => String(one) === text)
    if (found !== undefined) return found
    throw new InvalidArgumentError(`It must be ${allowed.join(' or ')}.`)
  }
}
