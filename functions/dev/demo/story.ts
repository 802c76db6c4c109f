import { type Clock, sleep } from '../../../shared/clock.ts'
import type { Faults } from './servers.ts'

/** One chapter: a sentence, and the servers' faults from shortly before its tick. */
interface Chapter {
  /** Counted from the first tick, which is 0. */
  readonly tick: number
  readonly says: string
  set(faults: Faults): void
}

// The source addresses of two regions on this machine, see cloud/source-addresses.ts.
const secondRegion = '127.0.2.1'
const thirdRegion = '127.0.3.1'

const chapters: readonly Chapter[] = [
  {
    tick: 0,
    says: 'Four checks, three regions. Every ten seconds each region votes on each check.',
    set: () => {},
  },
  {
    tick: 1,
    says: 'Now only ap-southeast-2 cannot reach the database. Two voters must agree, so no alert is sent.',
    set: (faults) => faults.resetFrom.add(thirdRegion),
  },
  {
    tick: 3,
    says: 'That route works again. Now the shop is slow, but only for eu-west-1.',
    set(faults) {
      faults.resetFrom.clear()
      faults.delayedFrom.add(secondRegion)
    },
  },
  {
    tick: 4,
    says: 'Now a real outage: the shop answers 503 to everyone. It must last for two ticks to count.',
    set(faults) {
      faults.delayedFrom.clear()
      faults.shopIsDown = true
    },
  },
  {
    tick: 6,
    says: 'The shop works again. One good tick is enough to announce it.',
    set(faults) {
      faults.shopIsDown = false
    },
  },
]

const conclusion = 'A problem in one region sent no alert; the outage and the recovery sent one each.'

/** How long before its tick a chapter begins, so that the tick's first probes already see its faults. */
const leadMs = 3_000
/** Up to the last chapter's tick, whose verdict and alert end the story. */
const ticksInAll = 7

/** How long before the end the conclusion is printed. */
const conclusionMs = 1_000

/** The story's length from its first tick. */
export function storyMs(intervalMs: number): number {
  return (ticksInAll - 1) * intervalMs + 4_000
}

/** Tells the story chapter by chapter, from the tick at `firstTickMs`. */
export async function tellStory(
  clock: Clock,
  faults: Faults,
  firstTickMs: number,
  intervalMs: number,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const chapter of chapters) {
    // The first chapter starts at once, so that the screen is not empty until the first tick.
    const beginsMs = firstTickMs + chapter.tick * intervalMs - leadMs
    if (chapter.tick > 0) await sleep(clock, Math.max(0, beginsMs - clock.now()), signal)
    say(chapter.says)
    chapter.set(faults)
  }
  await sleep(clock, firstTickMs + storyMs(intervalMs) - conclusionMs - clock.now(), signal)
  say(conclusion)
}
