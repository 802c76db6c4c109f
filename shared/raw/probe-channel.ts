import type { Clock } from '../clock.ts'
import { type ChannelOptions, openChannel } from './channel.ts'
import { createExchange, type Exchange, type Probe } from './exchange.ts'
import type { Libc } from './libc.ts'
import type { Messages } from './messages.ts'
import { createRandomWords } from './random.ts'

/** A raw socket and the probes that wait for an answer on it. */
export interface ProbeChannel<Answer, P extends Probe<Answer>> {
  readonly exchange: Exchange<Answer, P>
  /** Queues a probe; returns a function that cancels it. */
  send(probe: P): () => void
  close(): void
}

export interface ProbeChannelOptions<P> extends Omit<ChannelOptions, 'onWritable'> {
  /**
   * Writes the packet of a probe with a slot into the outbox, as message `index`.
   *
   * @param randomWord returns 32 bits from the cryptographic generator, for what only the receiver may know.
   */
  write(probe: P, index: number, outbox: Messages, randomWord: () => number): void
}

/** Opens a raw socket for one kind of probe. Throws as `openChannel` does. */
export function openProbeChannel<Answer, P extends Probe<Answer>>(
  libc: Libc,
  clock: Clock,
  options: ProbeChannelOptions<P>,
): ProbeChannel<Answer, P> {
  const randomWord = createRandomWords()
  const exchange = createExchange<Answer, P>({
    libc,
    clock,
    randomWord,
    channel: () => channel,
    write: (probe, index) => options.write(probe, index, channel.outbox, randomWord),
  })
  const channel = openChannel(libc, { ...options, onWritable: exchange.onWritable })
  return {
    exchange,
    send(probe) {
      exchange.send(probe)
      return () => exchange.cancel(probe)
    },
    close() {
      exchange.close()
      channel.close()
    },
  }
}
