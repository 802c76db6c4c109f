import { defaultFile } from '../../functions/cli/configuration.ts'
import { CommandFailure } from '../../functions/terminal/failure.ts'

/** How `npm run deploy` or `npm run destroy` was called. */
export interface Arguments {
  readonly command: 'deploy' | 'destroy'
  /** The configuration. */
  readonly file: string
  /** What goes to the CDK. */
  readonly options: readonly string[]
}

const usage = `usage: npm run deploy [file] [-- options of the CDK]
       npm run destroy [file] [-- options of the CDK]

  file                    the configuration, ${defaultFile} when left out
  -c retain=false         the tables go with their stacks; destroy then deletes them, after a second question
  -c tracing=true         X-Ray
  -c reserved=5           reserved concurrency of each function
  --require-approval any-change | broadening
                          deploy asks before it changes anything, or what any role may do
  --force                 destroy asks nothing`

/**
 * @returns undefined when all that was asked for is the usage, which is then told.
 * @throws {CommandFailure} with the usage after a wrong call.
 */
export function readArguments(args: readonly string[]): Arguments | undefined {
  const [command, ...rest] = args
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(usage)
    return
  }
  if (command !== 'deploy' && command !== 'destroy') throw new CommandFailure(usage, 2)
  const [first] = rest
  if (first === undefined || first.startsWith('-'))
    return { command, file: contextOf(rest, 'config') ?? defaultFile, options: rest }
  return { command, file: first, options: rest.slice(1) }
}

/** What `-c name=value` says; of several the last. */
export function contextOf(options: readonly string[], name: string): string | undefined {
  return options
    .flatMap((option, index) => {
      const [, joined] = /^(?:-c|--context)=(.*)$/s.exec(option) ?? []
      const pair = joined ?? (['-c', '--context'].includes(options[index - 1] ?? '') ? option : '')
      return pair.startsWith(`${name}=`) ? [pair.slice(name.length + 1)] : []
    })
    .at(-1)
}

/** The value of `--name value` or `--name=value`; empty for one without a value. */
export function optionOf(options: readonly string[], name: string): string | undefined {
  const at = options.findIndex((option) => option === `--${name}` || option.startsWith(`--${name}=`))
  if (at < 0) return
  const option = options[at]!
  return option.includes('=') ? option.slice(option.indexOf('=') + 1) : (options[at + 1] ?? '')
}
