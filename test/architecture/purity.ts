import { eachImport, isFile, isHandler, type Rule } from './rule.ts'
import { chainTo } from './sources.ts'

/** Where a package may be imported, types included. */
const homesOfPackages: readonly (readonly [RegExp, RegExp, string])[] = [
  [
    /^@aws-sdk\//,
    /^(functions|cdk\/deploy|test|bench)\/|^shared\/(store\/dynamo|alerts\/(publish|events)|secrets\/resolve)\.ts$/,
    'the AWS SDK is for functions, cdk/deploy, store/dynamo.ts, alerts/publish.ts, alerts/events.ts and secrets/resolve.ts',
  ],
  [
    /^zod(\/|$)/,
    /\/schemas?\.ts$|^shared\/probers\/fields\.ts$|^shared\/config\/|^test\//,
    'zod is for schema.ts files, probers/fields.ts and config',
  ],
  [/^(aws-cdk-lib|constructs|cdk-nag)(\/|$)/, /^(cdk|test)\//, 'the CDK is for cdk'],
  [/^(vitest|fast-check)(\/|$)/, /^(test|bench)\//, 'it is for tests'],
]

export const packages: Rule = (sources) =>
  eachImport(sources, ({ path }, target) => {
    const breached = homesOfPackages.find(([name, home]) => name.test(target) && !home.test(path))
    return breached && `${path} imports ${target}: ${breached[2]}`
  })

const ambient =
  /\b(process\.env|Date\.now|new Date\(\)|performance\.\w+|setTimeout|setInterval|setImmediate|AbortSignal\.timeout)\b/g
const timers = /^node:(timers|perf_hooks)/

export const injected: Rule = (sources) =>
  sources
    .filter(({ path }) => /^(shared\/|cdk\/(?!deploy\/))/.test(path))
    .flatMap(({ path, code, imports }) => [
      ...[...code.matchAll(ambient)].map(([word]) => `${path} uses ${word}: shared code is given a Clock`),
      ...imports
        .filter(({ target }) => timers.test(target))
        .map(({ target }) => `${path} imports ${target}: shared code is given a Clock`),
    ])

const isPure = (path: string) =>
  /^shared\/((quorum|plan|replay|text|alerts\/format|raw\/packet)\/.+|history\/(?!.*store).+|check|clock|lifetime|concurrency)\.ts$/.test(
    path,
  )

export const purity: Rule = (sources) =>
  sources
    .filter(({ path }) => isPure(path))
    .flatMap(({ path }) => {
      const chain = chainTo(sources, path, (target) => !isFile(target))
      return chain === undefined ? [] : [`${chain.join(' → ')}: ${path} must be pure`]
    })

/** A decision awaits nothing: what it needs was read before. */
export const synchronous: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('shared/quorum/'))
    .flatMap(({ path, code }) =>
      [...new Set(code.match(/\b(async|await|Promise|then)\b/g))].map(
        (word) => `${path} says ${word}: the quorum is synchronous`,
      ),
    )

/** What opens a socket, by the module that has it. */
const openers: Readonly<Record<string, RegExp>> = {
  'node:net': /\b(connect|createConnection|createServer|Socket|Server)\b/,
  'node:tls': /\b(connect|createServer|TLSSocket)\b/,
  'node:dgram': /\bcreateSocket\b/,
  'node:http': /\b(request|get|createServer|Agent)\b/,
  'node:https': /\b(request|get|createServer|Agent)\b/,
  'node:http2': /\b(connect|createServer|createSecureServer)\b/,
  'node:dns': /\b(Resolver|lookup|resolve\w*)\b/,
  'node:dns/promises': /\b(Resolver|lookup|resolve\w*)\b/,
}

/** Files outside of network/, raw/ and functions/ that may name an opener, and why. */
const opensByExemption: Readonly<Record<string, string>> = {
  'shared/probers/http/exchange.ts': 'node:http is given a connection that the guard has dialled',
}

export const sockets: Rule = (sources) =>
  sources
    .filter(
      ({ path }) =>
        /^(shared|cdk)\//.test(path) &&
        !/^shared\/(network|raw)\//.test(path) &&
        !Object.hasOwn(opensByExemption, path),
    )
    .flatMap(({ path, imports }) =>
      imports.flatMap(({ target, values }) => {
        const opened = values.filter((name) => openers[target]?.test(name))
        return opened.map(
          (name) => `${path} imports ${name} of ${target}: sockets are opened in network/ and raw/`,
        )
      }),
    )

export const exemptions: Rule = (sources) =>
  Object.keys(opensByExemption)
    .filter((path) => !sources.some((source) => source.path === path))
    .map((path) => `${path} is exempt from the rule on sockets, and is not there`)

export const bundles: Rule = (sources) =>
  sources.filter(isHandler).flatMap(({ path }) => {
    const chain = chainTo(sources, path, (target) =>
      /^(zod|yaml|commander|dynalite|koffi)(\/|$)/.test(target),
    )
    return chain === undefined ? [] : [`${chain.join(' → ')}: it must stay out of the Lambda's bundle`]
  })
