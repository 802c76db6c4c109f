import { impatiently } from '../../functions/cli/aws.ts'
import { type Call, optionOf } from './call.ts'

/** What a client of AWS is made from, in any region, as whoever called is known there. */
export type Access = (region: string) => ReturnType<typeof impatiently> & { readonly profile?: string }

/** The CDK's `--profile` counts for us too. */
export function accessOf({ options }: Call): Access {
  const profile = optionOf(options, 'profile')
  return (region) => ({ ...impatiently(region), ...(profile === undefined ? {} : { profile }) })
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * What may lead the CDK to AWS where our own calls fail, by its name: they know neither its options nor
 * AWS_CA_BUNDLE, and proxies only from Node 24.5 on.
 */
export function wayOfCdk({ options }: Call, environment: Environment): string | undefined {
  const variable = ['HTTPS_PROXY', 'https_proxy', 'AWS_CA_BUNDLE'].find((name) => environment[name])
  if (variable !== undefined) return variable
  return ['proxy', 'ca-bundle-path']
    .filter((name) => optionOf(options, name) !== undefined)
    .map((name) => `--${name}`)[0]
}
