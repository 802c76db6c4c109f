import { countOf, groupThousands } from '../../text/number.ts'
import type { Transition } from '../transition.ts'
import { formatStatus, spellName } from './headline.ts'
import { groupByStatus } from './ranking.ts'
import { reasonsOf } from './votes.ts'

/**
 * Summarizes many transitions in one short line: `12 OFFLINE: web refused, db timeout +10; 1 degraded; 2 online`.
 * Names are added only after all the counts are in, so no count is ever cut off.
 *
 * @param ranked in the order of `rank`.
 * @param fits whether a line is short enough.
 */
export function summarize(
  ranked: readonly Transition[],
  noun: '' | 'check',
  withReasons: boolean,
  fits: (line: string) => boolean,
): string {
  const groups = groupByStatus(ranked).map(({ to, members }, index) => ({
    head: `${index === 0 && noun !== '' ? countOf(members.length, noun) : groupThousands(members.length)} ${formatStatus(to)}`,
    members,
    names: [] as string[],
  }))
  const render = () =>
    groups
      .map(({ head, members, names }) => {
        const more = members.length - names.length
        return names.length === 0 ? head : `${head}: ${names.join(', ')}${more === 0 ? '' : ` +${more}`}`
      })
      .join('; ')
  for (const group of groups) {
    for (const member of group.members) {
      group.names.push(spellMember(member, withReasons))
      if (fits(render())) continue
      group.names.pop()
      break
    }
  }
  return render()
}

function spellMember(transition: Transition, withReasons: boolean): string {
  const reason = transition.to === 'offline' && withReasons ? reasonsOf(transition)[0] : undefined
  const name = spellName(transition.check)
  return reason === undefined ? name : `${name} ${reason}`
}

/** The counts alone: `12 checks OFFLINE; 1 degraded; 2 online`. */
export function summarizeCounts(ranked: readonly Transition[]): string {
  return summarize(ranked, 'check', false, () => false)
}
