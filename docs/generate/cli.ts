import type { Argument, Command, Option } from 'commander'
import { createProgram } from '../../functions/cli/program.ts'

const introduction = `# The command line

\`npx upquorum <command>\` in a clone of the project. \`--help\` of each command says what this page says.

| exit code | means |
|---|---|
| 0 | it worked, and a command that judges found nothing wrong; status only says where checks stand |
| 1 | something is wrong: what each command says below, or a file that cannot be read |
| 2 | the command was called wrongly |
| 130 | Ctrl-C ended it before its end |

Where a command has \`--json\`, it writes JSON lines for programs instead of text for people. \`dev --json\` and \`replay\`
speak the same lines, so \`npx upquorum dev --json > ballots.jsonl\` is a recording:

\`\`\`json
{"type":"ballot","tick":1790000040,"voter":"eu-west-1","votes":{"web":{"vote":"online","ms":12.3},"db":{"vote":"offline","reason":"refused","detail":"…"}}}
{"type":"transition","check":"web","from":"online","to":"offline","tick":1790000100,"alertId":"web@1790000100","votes":{"eu-west-1":"offline","us-east-1":"offline","ap-southeast-2":"online"}}
{"type":"alert","contact":"ops","alertIds":["web@1790000100"],"subject":"…","sms":"…","email":"…","http":{}}
\`\`\`

This page is generated from the commands (\`npm run docs\`); do not edit it.
`

/** Calls that people make; a test holds them against the commands. */
const examples: Readonly<Record<string, readonly string[]>> = {
  demo: ['npx upquorum demo'],
  init: ['npx upquorum init --url https://example.org/'],
  validate: ['npx upquorum validate'],
  check: ['npx upquorum check', 'npx upquorum check upquorum.yaml web'],
  dev: [
    'npx upquorum dev',
    'npx upquorum dev other.yaml --data .other --for 5m',
    'npx upquorum dev --systemd > upquorum-dev.service',
  ],
  cost: ['npx upquorum cost'],
  apply: ['npx upquorum apply --dry-run', 'npx upquorum apply'],
  status: ['npx upquorum status', 'npx upquorum status --region us-east-1'],
  replay: ['npx upquorum replay upquorum.yaml --confirmations 3 --delay 3,1 < ballots.jsonl'],
  runner: ['npx upquorum runner --name lab-1 --policy', 'npx upquorum runner --name lab-1'],
  shake: [
    "npx upquorum shake example.org:443 '[2001:db8::1]:22'",
    'npx upquorum shake -f services.txt --json --rate 5000',
  ],
  'alert-test': ['npx upquorum alert-test ops', 'npx upquorum alert-test ops --local'],
  schema: ['npx upquorum schema > upquorum.schema.json'],
}

/** What is good to know of a command and too long for its help. */
const notes: Readonly<Record<string, string>> = {
  dev:
    'Each local region and runner probes loopback targets from an address of its own (127.0.1.1, 127.0.2.1, …), half-open ' +
    'probes and pings included, so a server or a firewall rule can treat voters differently. Runners are played with the ' +
    'raw sockets that this machine permits. A second configuration needs its own `--data`: otherwise the first ' +
    "one's checks end as removed.",
  runner: '[Runners](runners.md) says how it behaves when a home is away and how it ends.',
  shake: '[Half-open probes](half-open.md) says how to read its answers.',
  status: 'Without `--region` it reads the local run in `--data`.',
}

/** docs/cli.md: every command with its arguments and options. */
export async function cliPage(): Promise<string> {
  const program = await createProgram(() => true)
  const commands = program.commands.filter((command) => command.name() !== 'help')
  return [
    introduction,
    '| command | does |\n|---|---|',
    ...commands.map(
      (command) => `| [\`${command.name()}\`](#upquorum-${command.name()}) | ${command.summary()} |`,
    ),
    '',
    ...commands.map(render),
  ].join('\n')
}

function render(command: Command): string {
  const name = command.name()
  const shown = examples[name]
  if (shown === undefined) throw new Error(`docs/generate/cli.ts has no example of ${name}`)
  const terms = [...command.registeredArguments.map(argumentRow), ...command.options.map(optionRow)]
  return [
    `## upquorum ${name}\n`,
    `\`upquorum ${name} ${command.usage()}\`\n`,
    ...[command.description(), notes[name] ?? ''].filter((text) => text !== '').map((text) => `${text}\n`),
    '```sh',
    ...shown,
    '```\n',
    ...(terms.length === 0 ? [] : ['| | | default |', '|---|---|---|', ...terms, '']),
  ].join('\n')
}

function argumentRow(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  const term = argument.required ? `<${name}>` : `[${name}]`
  return row(term, argument.description, argument.required ? 'required' : said(argument))
}

function optionRow(option: Option): string {
  return row(option.flags, option.description, option.mandatory ? 'required' : said(option))
}

function said({ defaultValue, defaultValueDescription }: Argument | Option): string {
  if (defaultValueDescription !== undefined) return `\`${defaultValueDescription}\``
  return defaultValue === undefined ? '' : `\`${String(defaultValue)}\``
}

function row(term: string, description: string, fallback: string): string {
  return `| \`${term}\` | ${description.replaceAll('<', '\\<')} | ${fallback} |`
}
