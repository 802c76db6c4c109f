import { equal, match } from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb'
import { functionName, tableName } from '../../cdk/names.ts'
import { tableClient } from '../../functions/runtime/home.ts'
import { home, intervalSeconds } from './configurations.ts'
import type { Emulator } from './emulator.ts'
import type { Project } from './project.ts'
import { step } from './story.ts'

const sentence = `the table ${tableName} in ${home} does not exist: restore it from the backup`
const said = new RegExp(`MissingTable: ${sentence}`)

/** Deletes the table while everything is running. */
export async function loseTheTable({ url, log }: Emulator, project: Project): Promise<void> {
  const client = tableClient({ region: home })
  await client.send(new DeleteTableCommand({ TableName: tableName }))
  client.destroy()

  // As the Scheduler does every minute; CloudWatch counts the errors, and its alarm notifies the operators.
  const swept = await invoke(url, functionName('sweep'))
  equal(swept.failed, true)
  // A function that has just started fails by the error itself, one that knows the plan names it.
  match(swept.body, new RegExp(sentence))
  step(
    'without its table the sweep fails, which its alarm hears, and says which table is gone and what to do',
  )

  const voted = new RegExp(`the ballot .* did not reach ${home}: ${said.source}`)
  for (let waits = 0; waits < 2 * intervalSeconds && !voted.test(log()); waits++) await sleep(1000)
  match(log(), voted)
  step('so do the voters')

  for (const command of [['status', '--region', home], ['apply']]) {
    const { code, stderr } = await project.upquorum(...command)
    equal(code, 1)
    match(stderr, /the table does not exist: .* or the table was deleted/)
  }
  step('status and apply say so as well')
}

/** Invokes a function of the home as the Scheduler does. The emulator takes the region from the signature. */
async function invoke(url: string, name: string): Promise<{ failed: boolean; body: string }> {
  const scope = `Credential=test/20260101/${home}/lambda/aws4_request`
  const response = await fetch(`${url}/2015-03-31/functions/${name}/invocations`, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0` },
    body: '{}',
  })
  return { failed: response.headers.has('x-amz-function-error'), body: await response.text() }
}
