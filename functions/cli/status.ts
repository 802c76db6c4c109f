import type { Command } from 'commander'
import {
  type ContactName,
  isoOf,
  type Reason,
  type Status,
  type Tick,
  tickAtOrBefore,
} from '../../shared/check.ts'
import { type CheckStatus, checkStatuses } from '../../shared/evaluation/status.ts'
import { planReader } from '../../shared/plan/reader.ts'
import { dynamoStore } from '../../shared/store/dynamo.ts'
import type { Store } from '../../shared/store/store.ts'
import { escapeForTerminal } from '../../shared/text/escape.ts'
import { openStore } from '../dev/open-store.ts'
import { statusStyles } from '../dev/screen/summary.ts'
import { cliClientConfig } from '../runtime/aws-client.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { tableClient } from '../runtime/home.ts'
import { createPaint, type Paint, usesColour } from '../terminal/colour.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'
import { awsFailure } from './aws-failure.ts'
import { dataOption } from './data-option.ts'
import { sentenceOf } from './errors.ts'

export function define(command: Command): void {
  command
    .description(
      'Shows the status of every check in the current plan: of the "upquorum dev" that runs on this machine or ' +
        'ran last or, with --region, of a deployed home.',
    )
    .addOption(dataOption('the data folder of "upquorum dev"'))
    .option('--region <region>', 'read the deployed home in this region instead')
    .option('--table <name>', 'the name of the table', 'upquorum')
    .option('--json', 'print one JSON object per check')
    .action(status)
}

interface StatusOptions {
  readonly data: string
  readonly region?: string
  readonly table: string
  readonly json?: true
}

interface StatusRow {
  readonly check: string
  readonly status: Status
  /** The tick of the last change of status; absent while pending. */
  readonly since?: Tick
  /** The last closed tick. */
  readonly tick?: Tick
  readonly undelivered: readonly ContactName[]
  /** From the first offline vote in the evidence of the last change of status. */
  readonly reason?: Reason
  readonly detail?: string
}

async function status({ region, table, data, json }: StatusOptions) {
  const shown = region === undefined ? await localStatus(data) : await deployedStatus(region, table)
  if (json) for (const one of shown) console.log(JSON.stringify({ type: 'status', ...one }))
  else {
    const width = process.stdout.columns ?? Number.POSITIVE_INFINITY
    for (const line of render(shown, createPaint(usesColour(process.stdout)), width)) console.log(line)
  }
}

async function localStatus(folder: string): Promise<readonly StatusRow[]> {
  try {
    const { store, close } = await openStore(folder)
    try {
      return await read(store)
    } finally {
      await close()
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw new CommandFailure(`cannot read the data in ${folder}: ${sentenceOf(error)}`)
  }
}

async function deployedStatus(region: string, table: string): Promise<readonly StatusRow[]> {
  const client = tableClient(cliClientConfig(region))
  try {
    return await read(dynamoStore(client, table))
  } catch (error) {
    throw awsFailure(`cannot read the table ${table} in ${region}`, error)
  } finally {
    client.destroy()
  }
}

async function read(store: Store): Promise<readonly StatusRow[]> {
  const found = await checkStatuses(store, planReader(store, clock), tickAtOrBefore(clock.now() / 1000, 1))
  if (found.length === 0) throw new CommandFailure('the table has no plan yet')
  return Promise.all(found.map((status) => show(status, store)))
}

async function show({ check, status, tick, undelivered }: CheckStatus, store: Store): Promise<StatusRow> {
  const last = await store.status(check.name)
  // Ignored if it differs: notify has not yet written the latest transition.
  const current = last?.to === status ? last : undefined
  const evidence = Object.values(current?.votes ?? {}).find((vote) => vote.vote === 'offline')
  return {
    check: check.name,
    status,
    ...(current === undefined ? {} : { since: current.tick }),
    ...(tick === undefined ? {} : { tick }),
    undelivered,
    ...(evidence === undefined || status !== 'offline'
      ? {}
      : { reason: evidence.reason, detail: evidence.detail }),
  }
}

function render(shown: readonly StatusRow[], paint: Paint, width: number): readonly string[] {
  const columns: readonly Column<StatusRow>[] = [
    { title: 'check', text: ({ check }) => check, maxWidth: 32 },
    {
      title: 'status',
      text: ({ status }) => status,
      paint: (text, { status }) => paint(statusStyles[status], text),
    },
    { title: 'since', text: ({ since }) => (since === undefined ? '-' : isoOf(since)) },
  ]
  const lastTick: Column<StatusRow> = {
    title: 'last tick',
    text: ({ tick }) => (tick === undefined ? '-' : isoOf(tick)),
  }
  const fits = renderTable(shown, [...columns, lastTick]).every((line) => line.length <= width)
  return [
    ...renderTable(shown, fits ? [...columns, lastTick] : columns, (text) => paint('bold', text)),
    ...shown.flatMap(({ check, status, reason, detail = '', undelivered }) => [
      ...(reason === undefined
        ? []
        : wrap(`${check}: ${escapeForTerminal(`${reason}: ${detail}`)}`, width)
      ).map((line) => paint(statusStyles[status], line)),
      ...(undelivered.length === 0
        ? []
        : wrap(`${check}: not delivered yet to ${undelivered.join(', ')}`, width)),
    ]),
  ]
}
