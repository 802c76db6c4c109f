import { systemClock } from '../../functions/runtime/clock.ts'
import { loadLibc } from '../../functions/runtime/koffi.ts'
import { openRawSockets } from '../../shared/raw/engine.ts'
import { answerEach } from '../../test/netns/answering.ts'
import { type Load, type Outcome, pinged } from './load.ts'

// Sends pings through the prober's sockets in the way fping does: one address after the other, 56 bytes each.

const sockets = openRawSockets(loadLibc(), systemClock)
await answerEach(async ({ family, count, inFlight, timeoutMs }: Load): Promise<Outcome> => {
  const addresses = pinged(family)
  let begun = 0
  let open = 0
  const lane = async () => {
    while (begun < count) {
      const address = addresses[begun++ % addresses.length]!
      const { answer } = await sockets.ping!({ address, family }, { size: 56, timeoutMs })
      if (answer === 'echo') open++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return { open, others: count - open }
})
sockets.close()
