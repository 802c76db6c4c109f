import { type ConfigValue, configValue, itemsOf, mappingEntries, under } from '../read/value.ts'
import type { Report } from '../yaml/report.ts'

/** Domains reserved for examples and tests (RFC 2606). */
const reservedDomain = /(^|\.)(example(\.(com|net|org))?|invalid|test)\.?$/i
/** The numbers reserved for fiction in North America, 555-0100 to 555-0199, with or without an area code. */
const fictitiousNumber = /^\+1(\d{3})?55501\d\d$/

/**
 * Finds contact addresses that are placeholders copied from an example, so no one would be alerted.
 *
 * @param told the names of the contacts in use; others are ignored.
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

/** The message about a placeholder, for each kind of endpoint. */
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
