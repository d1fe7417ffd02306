import { newId } from '../cluster/id.ts'

const wellFormed = /^[A-Za-z0-9._:-]{1,128}$/

/** The caller's own request id where it is well-formed, else a new one. */
export function requestIdOf(header: string | undefined): string {
  return header !== undefined && wellFormed.test(header) ? header : newId('req')
}

const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/

/** The trace id of a well-formed W3C `traceparent`. */
export function traceIdOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : traceparent.exec(header)?.[1]
}
