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
 * Why only the CDK can reach AWS from here, if so: it knows ways that the SDK of our own calls does not.
 * Nothing can be looked at then.
 */
export function onlyForCdk({ options }: Call, environment: Environment): string | undefined {
  const variable = ['HTTPS_PROXY', 'https_proxy', 'AWS_CA_BUNDLE'].find((name) => environment[name])
  if (variable !== undefined) return variable
  return ['proxy', 'ca-bundle-path', 'plugin']
    .filter((name) => optionOf(options, name) !== undefined)
    .map((name) => `--${name}`)[0]
}
