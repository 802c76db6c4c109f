import type { Config } from '../config/config.ts'
import { machinesOf } from '../config/machines.ts'
import type { ShardPlan } from '../plan/plan.ts'
import { proberOf } from '../probers/index.ts'
import type { prices } from './prices.ts'
import {
  alarmsPerHome,
  alarmsPerVotingHome,
  ballotBytes,
  ballotDays,
  bytesBetweenRegions,
  dashboardMetrics,
  freeDashboardMetrics,
  memoryMb,
  monthSeconds,
  planReadsPerMinute,
  pollsPerMonth,
  readsPerShardTick,
  readsPerSweep,
  requestsPerJob,
  writesPerShardTick,
} from './units.ts'
import { probeMs, quorumMs, scheduleMs, sweepMs } from './work.ts'

/** Units of everything that has a price. */
export type Usage = Record<keyof typeof prices, number>

const minutes = monthSeconds / 60

/** What a configuration uses in a month in which all is well. */
export function monthlyUsage({ regions, runners, homes }: Config, shards: readonly ShardPlan[]): Usage {
  const isLarge = dashboardMetrics(regions.length, homes.length) > freeDashboardMetrics
  const used: Usage = {
    writes: 0,
    reads: 0,
    storageGb: 0,
    backupGb: 0,
    lambdaGbSeconds: 0,
    lambdaRequests: 0,
    schedules: (regions.length + homes.length) * minutes,
    queueRequests: regions.length * pollsPerMonth,
    alarms:
      homes.length * alarmsPerHome +
      regions.filter((region) => homes.includes(region)).length * alarmsPerVotingHome,
    dashboards: isLarge ? 0 : 1,
    largeDashboards: isLarge ? 1 : 0,
    dataOutGb: 0,
    betweenRegionsGb: 0,
    runners: machinesOf({ runners }).length,
  }
  function invoke(name: keyof typeof memoryMb, times: number, ms: number) {
    used.lambdaRequests += times
    used.lambdaGbSeconds += (times * (Math.ceil(ms) / 1000) * memoryMb[name]) / 1024
  }

  for (const { intervalSeconds, voters, checks } of shards) {
    const ticks = monthSeconds / intervalSeconds
    used.writes += homes.length * ticks * writesPerShardTick(voters.length)
    used.reads += homes.length * ticks * readsPerShardTick(voters.length, checks.length)
    const keptTicks = (ballotDays * 86_400) / intervalSeconds
    used.storageGb += (homes.length * keptTicks * voters.length * ballotBytes(checks.length)) / 1e9
    invoke('quorum', homes.length * ticks * voters.length, quorumMs())
    for (const voter of voters) {
      // A self-hosted runner sends from outside AWS, and incoming data is free.
      if (runners.some(({ name, selfHosted }) => selfHosted && name === voter)) continue
      for (const home of homes) {
        if (home !== placeOf(voter))
          used.betweenRegionsGb += (ticks * bytesBetweenRegions(checks.length)) / 1e9
      }
      for (const check of checks)
        used.dataOutGb += (ticks * proberOf(check.kind).bytesOut(check.target)) / 1e9
    }
    for (const region of regions.filter((each) => voters.includes(each))) {
      const isNear = homes.map((home) => home === region)
      invoke('probe', ticks, probeMs(checks, isNear))
      used.reads += Math.min(ticks, minutes) * planReadsPerMinute
      used.queueRequests += ticks * requestsPerJob
    }
  }
  used.backupGb = used.storageGb
  for (const region of regions) {
    const jobsPerMinute = shards
      .filter(({ voters }) => voters.includes(region))
      .reduce((jobs, { intervalSeconds }) => jobs + 60 / intervalSeconds, 0)
    invoke('schedule', minutes, scheduleMs(jobsPerMinute, region === homes[0]))
  }
  for (const _ of homes) {
    invoke('sweep', minutes, sweepMs(shards.length))
    used.reads += minutes * readsPerSweep(shards.length)
  }
  used.reads += (regions.length + homes.length + runners.length) * minutes * planReadsPerMinute
  return used

  function placeOf(voter: string): string {
    return runners.find(({ name }) => name === voter)?.region ?? voter
  }
}
