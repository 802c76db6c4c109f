import { writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { getSystemErrorMessage } from 'node:util'
import { type Command, InvalidArgumentError } from 'commander'
import { starterConfiguration } from '../../shared/config/starter.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { defaultFile } from './configuration.ts'

export function define(command: Command): void {
  command
    .description('Writes a commented starter configuration. Never overwrites a file.')
    .argument('[file]', 'the file to write', defaultFile)
    .option('--url <url>', 'the http or https address to check first', readUrl, 'https://example.com/')
    .option('--json', 'print what was written as one JSON object')
    .action(init)
}

function init(file: string, options: { readonly url: string; readonly json?: true }) {
  try {
    writeFileSync(file, `${schemaLine(file)}${starterConfiguration(options.url)}`, { flag: 'wx' })
  } catch (error) {
    const { code, errno, message } = error as NodeJS.ErrnoException
    const reason = errno === undefined ? message : getSystemErrorMessage(errno)
    throw new CommandFailure(
      code === 'EEXIST' ? `${file} already exists; name another file` : `cannot write ${file}: ${reason}`,
    )
  }
  const next = `npx upquorum check ${file}`
  console.log(
    options.json ? JSON.stringify({ type: 'init', file, url: options.url }) : `wrote ${file}; try: ${next}`,
  )
}

/** The comment by which yaml-language-server finds the schema, so that editors complete and explain the options. */
function schemaLine(file: string): string {
  const schema = join(import.meta.dirname, '../../examples/upquorum.schema.json')
  const path = relative(dirname(resolve(file)), schema)
    .split(sep)
    .join('/')
  return `# yaml-language-server: $schema=${path.startsWith('.') ? path : `./${path}`}\n`
}

function readUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('It must begin with http:// or https://.')
  if (url.username !== '' || url.password !== '')
    throw new InvalidArgumentError('It must not contain a user name or password; use secrets for those.')
  return url.href
}
