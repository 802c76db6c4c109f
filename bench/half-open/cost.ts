import { readFileSync } from 'node:fs'

/** Clock ticks in a second of `/proc`: 100 on every Linux of x64 and arm64 (USER_HZ). */
const ticksPerSecond = 100

/** CPU time that a process has taken so far, user and system, of all its threads, in seconds (proc_pid_stat(5)). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name of the command may contain anything; the third field follows its bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** The most memory that a process has had resident, in megabytes (proc_pid_status(5)). */
export function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) / 1024
}
