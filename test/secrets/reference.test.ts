import { expect, test } from 'vitest'
import { parseReference } from '../../shared/secrets/reference.ts'

test.each([
  ['env:TOKEN', { store: 'env', name: 'TOKEN' }],
  ['ssm:/prod/web/token', { store: 'ssm', name: '/prod/web/token' }],
  ['ssm:token:3', { store: 'ssm', name: 'token:3' }],
  ['secretsmanager:web/login', { store: 'secretsmanager', name: 'web/login' }],
  ['secretsmanager:web/login#password', { store: 'secretsmanager', name: 'web/login', key: 'password' }],
  [
    'secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:web-AbCdEf#user name',
    {
      store: 'secretsmanager',
      name: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:web-AbCdEf',
      key: 'user name',
    },
  ],
])('%s is a reference', (text, reference) => {
  expect(parseReference(text)).toEqual(reference)
})

test.each(['hunter2', '', 'environment:x', 'ENV:TOKEN', 'https://example.com', ' env:TOKEN'])(
  '%o stands for itself',
  (text) => {
    expect(parseReference(text)).toBeUndefined()
  },
)

test.each([
  'env:',
  'env:9LIVES',
  'env:A B',
  'env:A\n',
  'ssm:',
  'ssm:/a b',
  'ssm:/a:1:2',
  'secretsmanager:',
  'secretsmanager:#key',
  'secretsmanager:name#',
])('%o begins like a reference and is none', (text) => {
  expect(parseReference(text)).toBe('malformed')
})
