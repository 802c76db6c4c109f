import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Patch } from './planted.ts'

// Loaded before the simulator (node --import): replaces one text of one file as it is loaded, so that no file is
// changed. Ends the process where the text is not there exactly once: a planted bug that has rotted must be heard.

const { file, text, replacement } = JSON.parse(process.env.PLANTED!) as Patch
const path = fileURLToPath(new URL(`../../${file}`, import.meta.url))
/** An exit code that the simulator itself never has. */
const rotten = 70
let isPlanted = false

function rot(sentence: string): never {
  console.error(`${file}: ${sentence}`)
  process.exit(rotten)
}

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.startsWith('file:') || fileURLToPath(url) !== path) return loaded
    const parts = String(
      loaded.source instanceof Uint8Array ? Buffer.from(loaded.source) : loaded.source,
    ).split(text)
    if (parts.length !== 2) rot(`the text to replace occurs ${parts.length - 1} times, must be once`)
    isPlanted = true
    return { ...loaded, source: parts.join(replacement) }
  },
})
process.on('exit', () => {
  if (!isPlanted) rot('was never loaded')
})
