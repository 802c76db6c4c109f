import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A call to the table. */
export interface Deed {
  /** The access key that signed it. */
  readonly by: string
  /** The IAM action, such as `dynamodb:PutItem`. */
  readonly action: string
  /** The partition key it touched, as in `dynamodb:LeadingKeys`. */
  readonly leadingKey: string
  /** The attributes of the item it put, as in `dynamodb:Attributes`. */
  readonly attributes: readonly string[]
}

interface Request {
  readonly Key?: { readonly pk: { readonly S: string } }
  readonly Item?: { readonly pk: { readonly S: string } }
  readonly ExpressionAttributeValues?: { readonly ':pk'?: { readonly S: string } }
}

/** A proxy in front of a table that records every call, because neither dynalite nor the emulator enforces IAM. */
export async function startWitness(tableUrl: string) {
  const deeds: Deed[] = []

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    deeds.push(deedOf(request, JSON.parse(body) as Request))
    const { authorization = '', 'x-amz-target': target = '' } = request.headers
    const answer = await fetch(tableUrl, {
      method: 'POST',
      body,
      headers: {
        authorization,
        'x-amz-target': String(target),
        'x-amz-date': String(request.headers['x-amz-date']),
        'content-type': 'application/x-amz-json-1.0',
      },
    })
    response
      .writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' })
      .end(await answer.text())
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deeds: deeds as readonly Deed[],
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function deedOf({ headers }: IncomingMessage, { Key, Item, ExpressionAttributeValues }: Request): Deed {
  const key = Key?.pk ?? Item?.pk ?? ExpressionAttributeValues?.[':pk']
  if (key === undefined) throw new Error('a request without a partition key')
  return {
    by: /Credential=([^/]+)/.exec(headers.authorization ?? '')![1]!,
    action: `dynamodb:${String(headers['x-amz-target']).split('.').at(-1)}`,
    leadingKey: key.S,
    attributes: Object.keys(Item ?? {}),
  }
}

interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Condition?: {
    readonly 'ForAllValues:StringLike'?: { readonly 'dynamodb:LeadingKeys'?: readonly string[] }
    readonly 'ForAllValues:StringEquals'?: { readonly 'dynamodb:Attributes'?: readonly string[] }
  }
}

/** Whether one of a role's statements about the table allows a call. */
export function isAllowed({ action, leadingKey, attributes }: Deed, statements: readonly unknown[]): boolean {
  return (statements as readonly Statement[]).some(({ Effect, Action, Condition = {} }) => {
    const keys = Condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']
    const allowed = Condition['ForAllValues:StringEquals']?.['dynamodb:Attributes']
    return (
      Effect === 'Allow' &&
      [Action].flat().includes(action) &&
      keys?.some((pattern) => isLike(leadingKey, pattern)) === true &&
      (allowed === undefined || attributes.every((attribute) => allowed.includes(attribute)))
    )
  })
}

/** Matches a policy pattern; ours end with `*` or contain none. */
function isLike(text: string, pattern: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern
}
