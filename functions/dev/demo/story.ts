import { type Clock, sleep } from '../../../shared/clock.ts'
import type { Mood } from './servers.ts'

/** One chapter: what is said and what the servers do from shortly before the tick `tick` on. */
interface Chapter {
  /** Counted from the first tick. */
  readonly tick: number
  readonly says: string
  set(mood: Mood): void
}

// The regions' addresses on this machine, see sources.ts.
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
    says: 'Now ap-southeast-2 alone cannot reach the database. Two must agree, so nobody is woken up.',
    set: (mood) => mood.cutOff.add(thirdRegion),
  },
  {
    tick: 3,
    says: 'That route is mended. Now eu-west-1 has to wait for the shop: slow, but for one voter only.',
    set(mood) {
      mood.cutOff.clear()
      mood.keptWaiting.add(secondRegion)
    },
  },
  {
    tick: 4,
    says: 'Now a real outage: the shop answers 503 to everybody. It has to last for two ticks to count.',
    set(mood) {
      mood.keptWaiting.clear()
      mood.shopIsDown = true
    },
  },
  {
    tick: 6,
    says: 'The shop is repaired. One good tick is enough to say so.',
    set(mood) {
      mood.shopIsDown = false
    },
  },
]

const moral = 'One region in trouble alerted nobody; the outage and the recovery did, once each.'

/** How long before its tick a chapter begins, so that its first probes find it so. */
const leadMs = 3_000
/** The whole story: the last chapter's tick, its verdict and its alert. */
const ticksInAll = 7

/** How long before the end the moral is told. */
const moralMs = 1_000

/** How long the story takes, from the first tick on. */
export function storyMs(intervalMs: number): number {
  return (ticksInAll - 1) * intervalMs + 4_000
}

/** Tells the story, chapter after chapter, from the tick at `firstTickMs` on. */
export async function tellStory(
  clock: Clock,
  mood: Mood,
  firstTickMs: number,
  intervalMs: number,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const chapter of chapters) {
    // The first chapter is told at once: nobody should look at an empty screen until the first tick.
    const beginsMs = firstTickMs + chapter.tick * intervalMs - leadMs
    if (chapter.tick > 0) await sleep(clock, Math.max(0, beginsMs - clock.now()), signal)
    say(chapter.says)
    chapter.set(mood)
  }
  await sleep(clock, firstTickMs + storyMs(intervalMs) - moralMs - clock.now(), signal)
  say(moral)
}
