let turn: Promise<void> | null = null

/**
 * Resolves when the event loop has read every request that has come in: the answers to those are then written one right
 * after the other. To write each as soon as it is ready wakes the proxy or caller on the other side once for each,
 * which on one machine costs as much as all the rest of a read.
 */
export function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve) =>
    setImmediate(() => {
      turn = null
      resolve()
    }),
  )
  return turn
}
