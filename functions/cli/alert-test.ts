import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns'
import type { Command } from 'commander'
import { testMessage } from '../../shared/alerts/format/message.ts'
import { snsPublish } from '../../shared/alerts/publish.ts'
import { type ContactName, tickAtOrBefore } from '../../shared/check.ts'
import { suggest } from '../../shared/config/read/nearest.ts'
import { quoteText } from '../../shared/text/escape.ts'
import { localCredentials } from '../dev/cloud/database.ts'
import { topicPrefix } from '../dev/cloud/recorder.ts'
import { isHeld, readHolder } from '../dev/folder.ts'
import { cliClientConfig } from '../runtime/aws-client.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { awsFailure } from './aws-failure.ts'
import { defaultFile, readConfig } from './configuration.ts'
import { dataOption } from './data-option.ts'

export function define(command: Command): void {
  command
    .description(
      "Publishes a message marked as a test to a contact's topic: in the first home of the configuration or, " +
        'with --local, in the "upquorum dev" running on this machine. Exit code 1 if it cannot.',
    )
    .argument('<contact>', 'the name of the contact')
    .argument('[file]', 'the configuration', defaultFile)
    .option('--local', 'publish to the running "upquorum dev"')
    .addOption(dataOption('the data folder of "upquorum dev"'))
    .option('--json', 'print what was sent as one JSON object')
    .action(alertTest)
}

interface AlertTestOptions {
  readonly local?: true
  readonly data: string
  readonly json?: true
}

async function alertTest(name: string, file: string, { local, data, json }: AlertTestOptions) {
  const { contacts, homes } = readConfig(file)
  const contact = contacts.find((candidate) => candidate.name === name)?.name
  if (contact === undefined) {
    const known = contacts.map((candidate) => candidate.name)
    throw new CommandFailure(`unknown contact ${quoteText(name)}; ${suggest(name, known)}`, 2)
  }
  const client = local ? await localClient(data) : new SNSClient(cliClientConfig(homes[0]!))
  try {
    const topic = local
      ? `arn:aws:sns:local:000000000000:${topicPrefix}${contact}`
      : await topicOf(client, contact)
    const message = testMessage(contact, tickAtOrBefore(clock.now() / 1000, 1))
    await snsPublish(client, () => topic, clock)(contact, message)
    const sent = { type: 'alert-test', contact, topic, subject: message.subject }
    console.log(json ? JSON.stringify(sent) : `sent "${message.subject}" to ${topic}`)
  } catch (error) {
    throw awsFailure(`the test could not be sent to ${contact}`, error)
  } finally {
    client.destroy()
  }
}

async function localClient(folder: string): Promise<SNSClient> {
  const services = (await isHeld(folder).catch(() => false)) ? readHolder(folder)?.services : undefined
  if (services === undefined)
    throw new CommandFailure(`no "upquorum dev" is running in ${folder}; start one first`)
  return new SNSClient({ endpoint: services, region: 'local', credentials: localCredentials })
}

/** Finds a topic's ARN by listing the topics, since the account number in it is unknown here. */
async function topicOf(client: SNSClient, contact: ContactName): Promise<string> {
  let NextToken: string | undefined
  do {
    const page = await client.send(new ListTopicsCommand(NextToken === undefined ? {} : { NextToken }))
    const found = page.Topics?.find(({ TopicArn }) => TopicArn?.endsWith(`:${topicPrefix}${contact}`))
    if (found?.TopicArn !== undefined) return found.TopicArn
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  throw new CommandFailure(
    `the topic ${topicPrefix}${contact} does not exist in this account in ${await client.config.region()}; deploy first: npm run deploy`,
  )
}
