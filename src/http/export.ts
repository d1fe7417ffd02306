import type { UnderlyingSource } from 'node:stream/web'
import type { Lines } from '../store/lines.ts'
import type { Snapshot } from '../store/snapshots.ts'
import type { Call } from './call.ts'
import { collectNursery } from './nursery.ts'
import type { Reply } from './reply.ts'
import type { LineFormat } from './text-formats.ts'

/** A whole list, sent line by line. */
export interface Export {
  format: Pick<LineFormat, 'contentType' | 'head'>
  /** The lines, some at a time. */
  pages(snapshot: Snapshot): AsyncGenerator<Lines>
  /** Told before the first byte leaves. Where it fails, none does. */
  begun?(): Promise<void>
  /** Told once how many rows were handed to the connection, and whether those were all. */
  ended?(rows: number, complete: boolean): Promise<void>
}

/**
 * Answers a list without a cap, as it was at one instant. The next rows are read when the caller has taken those before,
 * so that memory holds no more than a page of them; a caller that goes away, or is too slow, ends it. One that was cut
 * off has no proper end of its body, so that it cannot be taken for a whole one.
 */
export async function exportReply(call: Call, wanted: Export): Promise<Reply> {
  const snapshot = await call.deps.store.snapshot()
  try {
    await wanted.begun?.()
  } catch (error) {
    snapshot[Symbol.dispose]()
    throw error
  }
  const source = new ExportSource(call, snapshot, wanted)
  return {
    status: 200,
    headers: { 'content-type': wanted.format.contentType },
    body: new ReadableStream(source, { highWaterMark: 0 }),
  }
}

/** Rows after which the texts and buffers of those before are collected. V8 would let tens of megabytes of them gather. */
const collectedAfter = 1000

class ExportSource implements UnderlyingSource<Uint8Array> {
  readonly #call: Call
  readonly #snapshot: Snapshot
  readonly #wanted: Export
  readonly #pages: AsyncGenerator<Lines>
  readonly #startMs = performance.now()
  #head: string
  #rows = 0
  #bytes = 0
  #uncollected = 0
  #ended = false

  constructor(call: Call, snapshot: Snapshot, wanted: Export) {
    this.#call = call
    this.#snapshot = snapshot
    this.#wanted = wanted
    this.#pages = wanted.pages(snapshot)
    this.#head = wanted.format.head
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { signal } = this.#snapshot
    const cutOff = () => {
      void this.#end(false)
      if (!this.#call.hangUp()) controller.error(signal.reason)
    }
    signal.addEventListener('abort', cutOff, { once: true })
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    let page: IteratorResult<Lines>
    try {
      page = await this.#nextPage()
    } catch (error) {
      if (this.#ended) return
      await this.#end(false)
      throw error
    }
    if (this.#ended) return
    this.#send(controller, Buffer.from(this.#head))
    this.#head = ''
    if (page.done) {
      await this.#end(true)
      controller.close()
      return
    }
    const { rows, bytes } = page.value
    this.#send(controller, bytes)
    this.#rows += rows
    this.#uncollected += rows
    if (this.#uncollected < collectedAfter) return
    this.#uncollected = 0
    collectNursery()
  }

  #send(controller: ReadableStreamDefaultController<Uint8Array>, bytes: Buffer): void {
    if (bytes.byteLength === 0) return
    controller.enqueue(bytes)
    this.#bytes += bytes.byteLength
  }

  /** The next page with something on it: a pull that brings nothing is not followed by another. */
  async #nextPage(): Promise<IteratorResult<Lines>> {
    for (;;) {
      // Others get their turn between two pages, however fast this one is read.
      await new Promise((resolve) => setImmediate(resolve))
      const page = await this.#pages.next()
      if (page.done || page.value.rows > 0) return page
    }
  }

  cancel(): Promise<void> {
    return this.#end(false)
  }

  async #end(complete: boolean): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    this.#snapshot[Symbol.dispose]()
    const { deps, path, requestId } = this.#call
    const counts = { rows: this.#rows, bytes: this.#bytes, complete }
    const durationMs = Math.round(performance.now() - this.#startMs)
    deps.log.info({ path, requestId, ...counts, durationMs }, 'export ended')
    try {
      await this.#wanted.ended?.(this.#rows, complete)
    } catch (error) {
      deps.log.error({ err: error, path, requestId, ...counts }, 'the end of an export could not be recorded')
    }
  }
}
