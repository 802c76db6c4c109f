import type { Delay } from '../../check.ts'
import { builtIn } from '../built-in.ts'
import type { defaultsShape } from '../schema.ts'
import type { SourcePosition } from '../yaml/report.ts'
import type { Electorate } from './electorate.ts'
import type { ConfigValue, ShapeOutput } from './value.ts'

/** A check, or `defaults`: as written, and the values that are valid by themselves. */
export interface SettingsSource {
  readonly from: ConfigValue
  readonly values: ShapeOutput<typeof defaultsShape>
}

/** A setting, its source and its position. Without a value it is invalid by itself, which has been reported. */
export interface Setting {
  readonly value: number | undefined
  readonly by: 'check' | 'defaults' | 'builtIn'
  readonly position: SourcePosition
}

export interface KnownSetting extends Setting {
  readonly value: number
}

export function isKnown(setting: Setting | undefined): setting is KnownSetting {
  return setting?.value !== undefined
}

/** The settings of one check as found; they may be invalid or contradict each other. */
export interface FoundSettings {
  readonly interval: Setting
  readonly timeout: Setting
  readonly slow: Setting | undefined
  readonly confirmations: Setting
}

/** The valid settings of one check. */
export interface Settings {
  readonly intervalSeconds: number
  readonly timeoutMs: number
  readonly slowMs?: number
  readonly confirmations: KnownSetting
  readonly delay: Delay
}

/**
 * The settings of one check: its own, else those of `defaults`, else the built-in ones. `settings` is absent if one
 * is invalid by itself, which has been reported; `rules/settings.ts` checks whether they fit together.
 */
export function readSettings(
  check: SettingsSource,
  defaults: SettingsSource | undefined,
  electorate: Electorate,
): { readonly found: FoundSettings; readonly settings?: Settings } {
  type Key = Exclude<keyof typeof defaultsShape, 'delay'>

  function find(key: Key): Setting | undefined {
    const sources = [
      ['check', check],
      ['defaults', defaults],
    ] as const
    for (const [by, source] of sources) {
      const entry = source?.from.at.entries?.get(key)
      if (source === undefined || entry === undefined) continue
      return {
        value: source.values[key],
        by,
        position: { offset: entry.at.offset, path: [...source.from.path, key] },
      }
    }
    return undefined
  }

  function findOr(key: Key, value: number): Setting {
    return find(key) ?? { value, by: 'builtIn', position: check.from }
  }

  const interval = findOr('interval', builtIn.intervalSeconds)
  const longestMs = (interval.value ?? builtIn.intervalSeconds) * 1000
  const timeout = findOr('timeout', Math.min(builtIn.timeoutMs, longestMs))
  const slow = find('slow')
  const confirmations = findOr('confirmations', Math.min(builtIn.confirmations, electorate.names.length))
  const found = { interval, timeout, slow, confirmations }
  if (!isKnown(interval) || !isKnown(timeout) || !isKnown(confirmations)) return { found }
  if (slow !== undefined && !isKnown(slow)) return { found }
  const settings = {
    intervalSeconds: interval.value,
    timeoutMs: timeout.value,
    ...(slow === undefined ? {} : { slowMs: slow.value }),
    confirmations,
    delay: { ...bothWays(builtIn.delayTicks), ...readDelay(defaults), ...readDelay(check) },
  }
  return { found, settings }
}

function readDelay(source: SettingsSource | undefined): Partial<Delay> {
  const delay = source?.values.delay ?? {}
  if (typeof delay === 'number') return bothWays(delay)
  return Object.fromEntries(Object.entries(delay).filter(([, ticks]) => ticks !== undefined))
}

function bothWays(ticks: number): Delay {
  return { down: ticks, up: ticks }
}
