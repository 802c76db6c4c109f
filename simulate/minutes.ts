import type { Faults } from './faults.ts'
import type { Loop } from './loop.ts'
import { code } from './machine.ts'
import type { Random } from './random.ts'

const minuteMs = 60_000

/** What AWS calls each minute, some time within it, at least once as a rule. */
export function eachMinute(
  { loop, faults }: { readonly loop: Loop; readonly faults: Faults },
  random: Random,
  call: (minuteSeconds: number) => Promise<unknown>,
): void {
  const invoke = (minuteSeconds: number) => void call(minuteSeconds).catch(() => {})
  const minute = () => {
    const minuteSeconds = Math.floor(loop.now() / minuteMs) * 60
    if (!faults.strikes('lostSchedule')) {
      loop.after(random.int(0, 59_000), code.schedule, () => invoke(minuteSeconds))
    }
    if (faults.strikes('doubleSchedule')) {
      loop.after(random.int(0, 90_000), code.schedule, () => invoke(minuteSeconds))
    }
    loop.after(minuteMs - (loop.now() % minuteMs), code.schedule, minute)
  }
  loop.after(0, code.schedule, minute)
}
