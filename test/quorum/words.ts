import type { CheckName, ContactName, PlanVersion, ShardId, Tick, VoterName } from '../../shared/check.ts'

// The branded words from plain text and numbers, for tests that make their own.

export const check = (name: string) => name as CheckName
export const voter = (name: string) => name as VoterName
export const contact = (name: string) => name as ContactName
export const version = (text: string) => text as PlanVersion
export const shardId = (text: string) => text as ShardId
export const tick = (epochSeconds: number) => epochSeconds as Tick
