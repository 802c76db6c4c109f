import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { rowsOf } from './ansi.ts'
import { drawTerminal, storyOf } from './svg.ts'

// `npm run docs:picture`: watches the demo in a terminal of its own, which script(1) of util-linux makes, and draws
// what it shows. Takes as long as the demo, 80 seconds. With a file it draws a run that was recorded before.

const columns = 100
const picture = new URL('../demo.svg', import.meta.url)

function watchDemo(): string {
  console.log('watching the demo for 80 seconds')
  const command = `stty cols ${columns} rows 60; npm start --silent`
  return execFileSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    encoding: 'utf8',
    env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', NO_COLOR: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

const [recorded] = process.argv.slice(2)
const output = recorded === undefined ? watchDemo() : readFileSync(recorded, 'utf8')
writeFileSync(picture, drawTerminal(storyOf(rowsOf(output)), columns, 'npm start'))
console.log('wrote docs/demo.svg')
