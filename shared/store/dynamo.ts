import { ConditionalCheckFailedException, ResourceNotFoundException } from '@aws-sdk/client-dynamodb'
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb'
import type { Deployment } from '../plan/deployment.ts'
import type { CurrentPlan, WriteOutcome } from '../plan/plan-store.ts'
import {
  type Attributes,
  decodeBallot,
  decodeState,
  encodeBallot,
  encodeState,
  voteAttributes,
} from './codec.ts'
import { contentOf, emptySent } from './items.ts'
import {
  ballotKey,
  ballotRange,
  checkKey,
  currentPlanKey,
  deadLetterKey,
  deploymentKey,
  documentKey,
  eventKey,
  eventPrefix,
  hourKey,
  sentKey,
  shardKey,
  stateKey,
  statusKey,
  toldKey,
} from './keys.ts'
import { MissingTable } from './missing-table.ts'
import type { Event, Sent, StatusItem, Store, Told } from './store.ts'

// A race of two writers for one item; the revision makes the loser notice it:
//
//   A reads revision 4 ---- A puts 5 if 4: written
//   B reads revision 4 ------------------------------ B puts 5 if 4: conflict, B reads again
const absent = 'attribute_not_exists(pk)'
const unchanged = '#revision = :revision'
const notNewer = 'attribute_not_exists(pk) OR #tick <= :tick'

/** How long a given-up publish is kept in the table. */
const deadLetterDays = 90

/** The store of one table. `client` must marshal with `removeUndefinedValues` and `convertClassInstanceToMap`. */
export function dynamoStore(client: DynamoDBDocumentClient, table: string): Store {
  async function answer<Output>(sent: Promise<Output>): Promise<Output> {
    try {
      return await sent
    } catch (error) {
      if (error instanceof ResourceNotFoundException)
        throw new MissingTable(table, await client.config.region(), error)
      throw error
    }
  }

  async function get(key: { pk: string; sk: string }, consistent = false): Promise<Attributes | undefined> {
    const output = await answer(
      client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: consistent })),
    )
    return output.Item
  }

  async function put(item: Attributes, condition?: Partial<PutCommandInput>): Promise<WriteOutcome> {
    try {
      await answer(client.send(new PutCommand({ TableName: table, Item: item, ...condition })))
      return 'written'
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'conflict'
      throw error
    }
  }

  /** Puts the next revision of an item if the table still holds `revision`. */
  function putNext(
    key: { pk: string; sk: string },
    item: Attributes,
    revision: number,
  ): Promise<WriteOutcome> {
    const next = { ...key, ...item, revision: revision + 1 }
    if (revision === 0) return put(next, { ConditionExpression: absent })
    return put(next, {
      ConditionExpression: unchanged,
      ExpressionAttributeNames: { '#revision': 'revision' },
      ExpressionAttributeValues: { ':revision': revision },
    })
  }

  /**
   * Like `putNext`, for leases and other items whose writer must know whether it won. If the answer to a write is lost,
   * the SDK repeats the write, which then conflicts with itself: the mark tells this from a conflict with another
   * writer, even of equal content. STATE needs no mark, because after a conflict its writer reads again and finds the
   * work done.
   */
  async function putOwn(key: { pk: string; sk: string }, item: Attributes, revision: number) {
    const mark = crypto.randomUUID()
    const written = await putNext(key, { ...item, mark }, revision)
    if (written === 'conflict' && (await get(key, true))?.mark === mark) return 'written'
    return written
  }

  /** Every item of a key range, over all pages (a page ends at 1 MB). */
  async function range(
    pk: string,
    first: string,
    last: string,
    options: { consistent: boolean; limit?: number; newestFirst?: boolean; only?: readonly string[] },
  ): Promise<readonly Attributes[]> {
    const items: Attributes[] = []
    let start: Attributes | undefined
    let wanted = options.limit
    const names = options.only?.map((name) => [`#${name}`, name] as const)
    const projection = names && {
      ProjectionExpression: names.map(([placeholder]) => placeholder).join(', '),
      ExpressionAttributeNames: Object.fromEntries(names),
    }
    do {
      const page = await answer(
        client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
            ExpressionAttributeValues: { ':pk': pk, ':first': first, ':last': last },
            ConsistentRead: options.consistent,
            ScanIndexForward: options.newestFirst !== true,
            ExclusiveStartKey: start,
            Limit: wanted,
            ...projection,
          }),
        ),
      )
      items.push(...(page.Items ?? []))
      start = page.LastEvaluatedKey
      if (options.limit !== undefined) wanted = options.limit - items.length
    } while (start !== undefined && wanted !== 0)
    return items
  }

  return {
    putBallot(shard, ballot, { late, expires }) {
      const key = ballotKey(shard, ballot.tick, ballot.voter, late)
      return put({ ...key, ...encodeBallot(ballot), expires }, { ConditionExpression: absent })
    },

    async ballots(shard, from, to, { consistent, votesOnly }) {
      const { first, last } = ballotRange(from, to)
      const options = votesOnly ? { consistent, only: voteAttributes } : { consistent }
      return (await range(shardKey(shard), first, last, options)).map(decodeBallot)
    },

    async state(shard, { consistent }) {
      const item = await get(stateKey(shard), consistent)
      return item && decodeState(shard, item)
    },

    putState: (state) => putNext(stateKey(state.shard), encodeState(state), state.revision),

    async sent(shard) {
      const item = await get(sentKey(shard), true)
      return item === undefined ? emptySent(shard) : { ...contentOf<Sent>(item), shard }
    },

    putSent({ shard, ...sent }) {
      return putOwn(sentKey(shard), sent, sent.revision)
    },

    async told(shard) {
      const item = await get(toldKey(shard), true)
      return item === undefined ? { shard, revision: 0, contacts: {} } : { ...contentOf<Told>(item), shard }
    },

    putTold({ shard, ...told }) {
      return putOwn(toldKey(shard), told, told.revision)
    },

    async putDeadLetter(shard, letter) {
      const expires = Math.ceil(letter.atMs / 1000) + deadLetterDays * 86_400
      await put({ ...deadLetterKey(shard, letter.atMs, letter.contact), ...letter, expires })
    },

    async putEvent(check, event) {
      await put({ ...eventKey(check, event.tick), ...event })
    },

    async events(check, limit) {
      const options = { consistent: false, newestFirst: true, limit }
      const items = await range(checkKey(check), eventPrefix, `${eventPrefix}~`, options)
      return items.map((item) => contentOf<Event>(item))
    },

    putStatus(check, status) {
      return put(
        { ...statusKey(check), ...status },
        {
          ConditionExpression: notNewer,
          ExpressionAttributeNames: { '#tick': 'tick' },
          ExpressionAttributeValues: { ':tick': status.tick },
        },
      )
    },

    async status(check) {
      const item = await get(statusKey(check))
      return item && contentOf<StatusItem>(item)
    },

    async putHour(check, start, hour) {
      await put({ ...hourKey(check, start), voters: hour })
    },

    async currentPlan() {
      const item = await get(currentPlanKey, true)
      return item === undefined ? { revision: 0, entries: [] } : contentOf<CurrentPlan>(item)
    },

    putCurrentPlan({ revision, entries }) {
      return putOwn(currentPlanKey, { entries }, revision)
    },

    async putDocument(version, part, json) {
      await put({ ...documentKey(version, part), json })
    },

    async document(version, part) {
      return (await get(documentKey(version, part)))?.json as string | undefined
    },

    async owes(shard, from) {
      const item = await get(stateKey(shard), true)
      if (item === undefined) return false
      const { planFrom, due } = decodeState(shard, item)
      return planFrom < from || due > 0
    },

    async deployment() {
      const item = await get(deploymentKey, true)
      return item && contentOf<Deployment>(item)
    },

    async putDeployment(deployment) {
      await put({ ...deploymentKey, ...deployment })
    },
  }
}
