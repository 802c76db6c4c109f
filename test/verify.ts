import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { createPaint, usesColour } from '../functions/terminal/colour.ts'
import { renderTable } from '../functions/terminal/table.ts'

// What should hold before every commit: part by part until one fails, and what each took.

const parts = ['types', 'lint', 'test'] as const

interface Result {
  readonly part: string
  readonly seconds: number
  readonly code: number
}

/** Runs a script of package.json, which prints as it does alone. */
async function runPart(part: string): Promise<Result> {
  const beganMs = performance.now()
  const child = spawn('npm', ['run', part], { stdio: 'inherit', shell: process.platform === 'win32' })
  // Ctrl-C reaches the part by itself; its end is what the table shows.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return {
    part,
    seconds: (performance.now() - beganMs) / 1000,
    code: code ?? 128 + constants.signals[signal!],
  }
}

const results: Result[] = []
for (const part of parts) {
  const result = await runPart(part)
  results.push(result)
  if (result.code !== 0) break
}

const paint = createPaint(usesColour(process.stdout))
const total = results.reduce((sum, { seconds }) => sum + seconds, 0)
const failed = results.find(({ code }) => code !== 0)
const rows = [
  ...results.map(({ part, seconds, code }) => ({ part, seconds, end: code === 0 ? '' : `failed (${code})` })),
  { part: 'together', seconds: total, end: '' },
]
console.log(
  `\n${renderTable(
    rows,
    [
      { title: 'part', text: ({ part }) => part },
      { title: 'seconds', align: 'right', text: ({ seconds }) => seconds.toFixed(1) },
      { title: '', text: ({ end }) => end, paint: (text) => paint('red', text) },
    ],
    (text) => paint('bold', text),
  )
    .map((line) => line.trimEnd())
    .join('\n')}`,
)
process.exitCode = failed?.code ?? 0
