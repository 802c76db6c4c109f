import { type ConfigValue, configValue, itemsOf, mappingEntries, under } from '../read/value.ts'
import type { Report } from '../yaml/report.ts'

/** What is kept for examples and tests, and never anybody's (RFC 2606), at the end of a host's name. */
const reservedDomain = /(^|\.)(example(\.(com|net|org))?|invalid|test)\.?$/i
/** The numbers that North America keeps for fiction, 555-0100 to 555-0199, with an area code or without. */
const fictitiousNumber = /^\+1(\d{3})?55501\d\d$/

/**
 * Finds addresses of contacts at which nobody hears anything, since they were copied from an example.
 *
 * @param told the names of the contacts that matter.
 */
export function findPlaceholders(contacts: ConfigValue, told: ReadonlySet<unknown>, report: Report) {
  for (const [name, entry] of mappingEntries(contacts.at)) {
    if (!told.has(name)) continue
    const contact = configValue(entry, [...contacts.path, name])
    for (const [key, wordPlaceholder] of Object.entries(words)) {
      const endpoints = under(contact, key)
      for (const endpoint of endpoints === undefined ? [] : itemsOf(endpoints)) {
        const sentence = wordPlaceholder(String(endpoint.at.value))
        if (sentence !== undefined) report.placeholder(endpoint, sentence)
      }
    }
  }
}

/** For each kind of endpoint the sentence about one that is a placeholder. */
const words: Readonly<Record<string, (endpoint: string) => string | undefined>> = {
  email: (address) =>
    reservedDomain.test(address.slice(address.lastIndexOf('@') + 1))
      ? `is ${address}, a placeholder: write an address that somebody reads`
      : undefined,
  sms: (number) =>
    fictitiousNumber.test(number)
      ? `is ${number}, a placeholder: write a number that somebody reads`
      : undefined,
  webhook(address) {
    const host = URL.parse(address)?.hostname ?? ''
    return reservedDomain.test(host)
      ? `leads to ${host}, a placeholder: write an address where something listens`
      : undefined
  },
}
