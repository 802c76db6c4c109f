import { makeJsonSchema } from '../../shared/config/json-schema.ts'
import { kinds } from '../../shared/probers/index.ts'
import { flow, type Option, optionsOf, type Schema } from './options.ts'

const introduction = `# The configuration

One YAML file, \`upquorum.yaml\` unless you name another. \`npx upquorum init\` writes a first one, and
[examples/upquorum.yaml](../examples/upquorum.yaml) shows most of what there is.

\`npx upquorum validate\` reports everything that is wrong at once, as \`file:line:column path: what is wrong, and what is
allowed\`. An editor completes and explains every option when the first line of the file is

\`\`\`yaml
# yaml-language-server: $schema=./examples/upquorum.schema.json
\`\`\`

Unknown keys are errors. Keys that begin with \`x-\` are free: a place for YAML anchors.

This page is generated from the schemas that \`validate\` uses (\`npm run docs\`); do not edit it.

## Types

| type | what is written | examples |
|---|---|---|
| duration | a number and a unit: \`ms\`, \`s\`, \`m\`, \`h\` or \`d\` | \`500ms\`, \`10s\`, \`1.5m\`, \`1d\` |
| region | an AWS region | \`eu-west-1\` |
| contact | the name of a contact of this file | \`ops\` |
| host | a name or an IP address; names in other scripts are turned to their ASCII form | \`example.org\`, \`192.0.2.1\`, \`2001:db8::1\` |
| host:port | the same with a port; IPv6 in brackets | \`example.org:443\`, \`"[2001:db8::1]:443"\` |
| PEM | text from \`-----BEGIN CERTIFICATE-----\` on, usually as a YAML block | |
| regular expression | JavaScript's syntax with the \`u\` flag, at most 1000 characters | \`"^220 "\` |
| text or secret reference | a text, or where a secret is kept | \`"ssm:/example/token"\` |

A **secret reference** is \`env:NAME\` (local runs and runners only), \`ssm:/path/of/parameter\` or
\`secretsmanager:name#key\`. The prober reads the secret when it needs it; it is never stored, logged or shown. A store
that does not answer within 3 s is asked once more; then the check abstains, and no other check is held up. \`validate\`
warns of \`env:\` where a region votes, and \`deploy\` refuses it.

**Names** are asked of the system's name servers, then looked for in \`/etc/hosts\`. Search domains are never tried.

**Private targets.** A check may look at loopback, private and link-local addresses only with \`allow_private: true\`, and
even then never from a Lambda: \`deploy\` refuses it where a region votes.
`

/** docs/configuration.md: every option that the schemas know. */
export function configurationPage(): string {
  const file = makeJsonSchema() as Schema
  const check = file.properties!.checks!.items!
  const kindless = (path: string) => !(kinds as readonly string[]).includes(path)
  return [
    introduction,
    '## The file\n',
    ...optionsOf(file, '', (path) => path !== 'defaults' && path !== 'checks').map(render),
    '## A check\n',
    'Each entry of `checks` has a name, exactly one kind with its options, and what else it needs of these:\n',
    ...optionsOf(check, '', kindless)
      .filter(({ path }) => kindless(path))
      .map(render),
    ...kinds.flatMap((kind) => [
      `## Kind: ${kind}\n`,
      `${check.properties![kind]!.description}\n`,
      ...optionsOf(check.properties![kind]!, `${kind}.`).map(render),
    ]),
  ]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
}

function render({ path, key, description, fallback, type, examples }: Option): string {
  const facts = [
    `Type: ${type}`,
    fallback === undefined ? '**required**' : `Default: ${fallback}`,
    examples.length === 0
      ? `Example: \`${key}: |\`, then the certificate on the next lines, indented`
      : `Example: ${examples.map((example) => `\`${key}: ${flow(example)}\``).join(' or ')}`,
  ]
  return `### \`${path}\`\n\n${[description, extra[path]].filter(Boolean).join(' ')}\n\n${facts.join(' · ')}\n`
}

/** What the schema of one option cannot know. */
const extra: Readonly<Record<string, string>> = {
  defaults:
    'It may hold [`interval`](#interval), [`timeout`](#timeout), [`slow`](#slow), [`confirmations`](#confirmations) and [`delay`](#delay).',
  checks: 'See [A check](#a-check).',
  homes: 'Each home decides and alerts by itself, so contacts hear everything once per home.',
}
