import type { Command } from 'commander'
import { tickAtOrAfter } from '../../shared/check.ts'
import { demoConfiguration, demoIntervalSeconds } from '../dev/demo/configuration.ts'
import { type Faults, startServers } from '../dev/demo/servers.ts'
import { storyMs, tellStory } from '../dev/demo/story.ts'
import { run } from '../dev/run.ts'
import { systemClock as clock } from '../runtime/clock.ts'

export function define(command: Command): void {
  command
    .description(
      'Starts four servers on this machine and runs the whole pipeline against them: a failure that only one ' +
        'region sees, a real outage, the alert and the recovery. Takes about 80 seconds; Ctrl-C ends it early.',
    )
    .option('--json', 'print JSON lines instead of text')
    .action(demo)
}

async function demo({ json = false }: { readonly json?: boolean }) {
  const faults: Faults = { shopIsDown: false, delayedFrom: new Set(), resetFrom: new Set() }
  const servers = await startServers(faults)
  const over = new AbortController()
  const intervalMs = demoIntervalSeconds * 1000
  // Building the local cloud takes less than a second, so the first tick is not missed.
  const firstTickMs = tickAtOrAfter(clock.now() / 1000 + 1, demoIntervalSeconds) * 1000
  const lengthMs = firstTickMs - clock.now() + storyMs(intervalMs)
  try {
    await run({
      config: demoConfiguration(servers),
      json,
      forMs: lengthMs,
      onStart(say) {
        tellStory(clock, faults, firstTickMs, intervalMs, say, over.signal).catch(() => {})
      },
    })
  } finally {
    over.abort()
    await servers.close()
  }
  if (!json) console.log('For your own checks, run: npx upquorum init, then npx upquorum dev')
}
